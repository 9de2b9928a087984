/**
 * Hosts as network namespaces around a router. What the router drops is dropped by the kernel: nobody gets an answer, as on a real
 * network. Runs inside `index.ts`'s own namespaces, so all of it is gone with the process.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROUTER = "router";
/** Of this process: where clients are. */
const CLIENTS = "clients";
/** Addresses of clients: balancers that keep an address at a host see many. */
const CLIENT_ADDRESSES = 60;

export interface Network {
  address(host: string): string;
  /** What starts a program on a host. */
  on(host: string): readonly string[];
  /** Drops what goes from one host to others, and nothing that comes back. @returns what mends it */
  cut(from: string, to: readonly string[]): Promise<() => Promise<void>>;
  /** Both ways. */
  part(one: string, others: readonly string[]): Promise<() => Promise<void>>;
  /** As when its cable is pulled. @returns what plugs it in again */
  unplug(host: string): Promise<() => Promise<void>>;
}

const inside = (host: string): readonly string[] =>
  host === CLIENTS ? [] : ["nsenter", `--net=/run/netns/${host}`];

export async function openNetwork(hosts: readonly string[]): Promise<Network> {
  const ip = (...words: string[]) => run("ip", words);
  const places = [CLIENTS, ...hosts];
  const subnet = (host: string) => `10.77.${places.indexOf(host) + 1}`;
  const address = (host: string) => `${subnet(host)}.1`;
  let rules = 0;

  await run("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
  await ip("link", "set", "lo", "up");
  for (const name of [ROUTER, ...hosts]) {
    await ip("netns", "add", name);
    await ip("-n", name, "link", "set", "lo", "up");
  }
  await run("nsenter", [`--net=/run/netns/${ROUTER}`, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  for (const host of places) {
    const at = host === CLIENTS ? [] : ["-n", host];
    await ip(...at, "link", "add", "eth0", "type", "veth", "peer", "name", host, "netns", ROUTER);
    await ip(...at, "addr", "add", `${address(host)}/24`, "dev", "eth0");
    await ip(...at, "link", "set", "eth0", "up");
    await ip("-n", ROUTER, "addr", "add", `${subnet(host)}.254/24`, "dev", host);
    await ip("-n", ROUTER, "link", "set", host, "up");
    await ip(...at, "route", "add", "default", "via", `${subnet(host)}.254`);
  }
  for (let at = 2; at <= CLIENT_ADDRESSES; at++)
    await ip("addr", "add", `${subnet(CLIENTS)}.${at}/24`, "dev", "eth0");

  async function cut(from: string, to: readonly string[]): Promise<() => Promise<void>> {
    const made = to.map((other) => ({ other, priority: String(100 + rules++) }));
    for (const { other, priority } of made)
      await ip(
        ...["-n", ROUTER, "rule", "add", "from", `${subnet(from)}.0/24`, "to", `${subnet(other)}.0/24`],
        ...["priority", priority, "blackhole"],
      );
    return async () => {
      for (const { priority } of made) await ip("-n", ROUTER, "rule", "del", "priority", priority);
    };
  }

  return {
    address,
    on: inside,
    cut,
    async part(one, others) {
      const mends = [await cut(one, others)];
      for (const other of others) mends.push(await cut(other, [one]));
      return async () => {
        for (const mend of mends) await mend();
      };
    },
    async unplug(host) {
      await ip("-n", ROUTER, "link", "set", host, "down");
      return async () => {
        await ip("-n", ROUTER, "link", "set", host, "up");
      };
    },
  };
}

/** The address of a client by its place, in this process's own namespace. */
export const clientAddress = (at: number): string => `10.77.1.${1 + (at % CLIENT_ADDRESSES)}`;
