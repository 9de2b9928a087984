/** Which address a client has: its own, or what trusted proxies say of it; and which addresses count as one. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** What is needed of a request; also of one that Socket.IO has kept in part. */
export type AddressedRequest = Pick<IncomingMessage, "headers"> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

/** Whether a hop is a proxy that may name the one before it; hop 0 is the peer of the connection. */
export type TrustsProxy = (address: string, hop: number) => boolean;

/**
 * The first address, from this server outwards, that is not a trusted proxy's. What is no address counts as if it was not there, so that
 * it hides nobody. Empty for a peer without an address, such as another worker.
 */
export function clientAddress({ headers, socket }: AddressedRequest, trusts: TrustsProxy): string {
  const peer = socket.remoteAddress ?? "";
  if (peer === "" || !trusts(peer, 0)) return peer;
  const forwarded = headers["x-forwarded-for"];
  const outward = typeof forwarded === "string" ? forwarded.split(",").reverse() : [];
  let found = peer;
  for (const [at, part] of outward.entries()) {
    const address = withoutPort(part.trim());
    if (isIP(address) === 0) return found;
    found = address;
    if (!trusts(address, at + 1)) return found;
  }
  return found;
}

/** Some proxies write the port too. */
function withoutPort(text: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  return bracketed ?? plain ?? text;
}

/**
 * What counts as one address: an IPv4 address, or the /64 of an IPv6 address, which is what one household or host has. An IPv4 address
 * that is written as an IPv6 one is itself. Undefined for what is no address.
 */
export function networkOf(text: string): string | undefined {
  const [address = ""] = text.split("%", 1);
  const version = isIP(address);
  if (version === 4) return address;
  if (version !== 6) return undefined;
  const groups = groupsOf(address);
  if (isIPv4Within(groups)) return ipv4Of(groups);
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return "::1";
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

export const isLoopback = (network: string): boolean => network === "::1" || network.startsWith("127.");

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  // URL writes it in one form: hexadecimal, with the longest row of zeros as `::`.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const numbers = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const first = numbers(head);
  if (tail === undefined) return first;
  const last = numbers(tail);
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}

/** `::ffff:0:0/96`, and the prefix of translators between the two, `64:ff9b::/96`. */
function isIPv4Within([a, b, c, d, e, f]: readonly number[]): boolean {
  if (c !== 0 || d !== 0 || e !== 0) return false;
  return (a === 0 && b === 0 && f === 0xffff) || (a === 0x64 && b === 0xff9b && f === 0);
}

function ipv4Of(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join(".");
}
