/**
 * A second network between some hosts, which delays packets and loses some. The kernel's own way for it (`tc netem`) is a module that is
 * often missing, so a relay stands between them: each host sends its frames there.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../test/support/built.ts";
import type { Network } from "./network.ts";
import type { RelayCounts, RelayOptions } from "./relay.ts";

const run = promisify(execFile);
const PORT = 4_789;
const DEVICE = "bad0";
const READY_WITHIN_MS = 10_000;

export type LinkQuality = Pick<RelayOptions, "delayMs" | "jitterMs" | "lostOfThousand">;

export interface BadLinks {
  /** Of a host, on this network. */
  address(host: string): string;
  /** What the relay has told last. */
  readonly counts: RelayCounts;
  end(): Promise<void>;
}

export async function openBadLinks(
  network: Network,
  hosts: readonly string[],
  quality: LinkQuality,
  seed: number,
): Promise<BadLinks> {
  const address = (host: string) => `10.78.0.${hosts.indexOf(host) + 1}`;
  const mac = (host: string) => `02:00:00:00:00:${String(hosts.indexOf(host) + 1).padStart(2, "0")}`;
  const options: RelayOptions = {
    ...quality,
    address: network.address("clients"),
    port: PORT,
    hosts: hosts.map((host) => ({ address: network.address(host), mac: mac(host) })),
    seed,
  };
  const program = join(ROOT, "faults/lab/relay.ts");
  const relay: ChildProcess = spawn(process.execPath, ["--import=tsx", program, JSON.stringify(options)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(relay, "exit");
  let counts: RelayCounts = { passed: 0, dropped: 0, lateMs: 0 };
  relay.on("message", (told: RelayCounts) => {
    counts = told;
  });
  const made: string[] = [];
  async function end(): Promise<void> {
    relay.kill("SIGKILL");
    await ended;
    for (const host of made) await run("ip", ["-n", host, "link", "del", DEVICE]);
  }
  try {
    await once(relay, "message", { signal: AbortSignal.timeout(READY_WITHIN_MS) });
    for (const host of hosts) {
      const ip = (...words: string[]) => run("ip", ["-n", host, ...words]);
      const tunnel = ["id", "1", "remote", options.address, "local", network.address(host)];
      await ip(
        ...["link", "add", DEVICE, "address", mac(host)],
        ...["type", "vxlan", ...tunnel, "dstport", String(PORT), "nolearning"],
      );
      made.push(host);
      // Each packet by itself: otherwise several would be one until they reach a network card.
      await ip("link", "set", DEVICE, "gso_max_segs", "1", "up");
      await ip("addr", "add", `${address(host)}/24`, "dev", DEVICE);
    }
  } catch (err) {
    await end();
    throw err;
  }
  return {
    address,
    get counts() {
      return counts;
    },
    end,
  };
}
