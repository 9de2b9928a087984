/**
 * A Redis Cluster: a connection to each primary, the map of slots, and what to do when they move. Commands go where their key is; a
 * command that a node did not execute (MOVED, ASK) is sent to the right one, and none is ever sent again that may have been executed.
 * node-redis's own cluster client is not used (docs/decisions/0009).
 */
import { ErrorReply } from "redis";
import { GameError } from "../../../core/errors.ts";
import type { HostPort } from "./address.ts";
import { askOnce } from "./ask-once.ts";
import type { RedisLink } from "./connection.ts";
import { createHealth, reasonOf } from "./health.ts";
import { createHearings } from "./hearing.ts";
import { type NodeOptions, openNode, type RedisNode } from "./node.ts";
import { readRedirect, readSlots, SLOTS, type SlotRange, slotOf } from "./slots.ts";
import { unavailable } from "./time-limit.ts";

/** Between looks at the map while all is well, and while something is away. */
const LOOK_EVERY_MS = 5_000;
const LOOK_SOON_MS = 200;
/** A command follows the map at most so often. */
const MAX_REDIRECTS = 4;
const CLUSTER_SLOTS = ["CLUSTER", "SLOTS"];

export function openCluster(seeds: readonly HostPort[], options: NodeOptions): RedisLink {
  const { health, turn, onHealth, end: endHealth } = createHealth("the cluster was not looked at yet");
  const primaries = new Map<string, RedisNode>();
  /** The address of each slot's primary. */
  let slots: readonly (string | undefined)[] = [];
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const nodeOf = (key: string): RedisNode | undefined => primaries.get(slots[slotOf(key)] ?? "");
  const hearings = createHearings(nodeOf);

  /** Asks one node after the other, those that answer first. */
  async function askForSlots(): Promise<SlotRange[]> {
    let reason: unknown;
    for (const node of primaries.values()) {
      if (!node.health().ok) continue;
      try {
        return readSlots(await node.send(CLUSTER_SLOTS), hostPort(node.address));
      } catch (error) {
        reason = error;
      }
    }
    for (const seed of seeds) {
      try {
        return readSlots(await askOnce(seed, options.login, CLUSTER_SLOTS), seed);
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  async function look(): Promise<void> {
    clearTimeout(timer);
    try {
      const ranges = await askForSlots();
      if (!closed) follow(ranges);
    } catch (error) {
      turn({ ok: false, reason: `no node of the cluster tells its slots: ${reasonOf(error)}` });
    }
    if (!closed) timer = setTimeout(() => void lookNow(), health().ok ? LOOK_EVERY_MS : LOOK_SOON_MS);
  }

  /** One look at a time, however many ask for it. */
  function lookNow(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  function follow(ranges: readonly SlotRange[]): void {
    const next = new Array<string | undefined>(SLOTS).fill(undefined);
    const named = new Set<string>();
    for (const { from, to, primary } of ranges) {
      const address = `${primary.host}:${primary.port}`;
      named.add(address);
      if (!primaries.has(address)) add(address, primary);
      next.fill(address, from, to + 1);
    }
    slots = next;
    for (const [address, node] of primaries) {
      if (named.has(address)) continue;
      primaries.delete(address);
      options.log.info({ node: address }, "no primary of the Redis Cluster any more");
      void node.close();
    }
    hearings.moved();
    judge();
  }

  function add(address: string, at: HostPort): void {
    const node = openNode(at, {
      ...options,
      moved() {
        hearings.dropped(node);
        void lookNow();
      },
    });
    primaries.set(address, node);
    node.onHealth((now) => {
      if (primaries.get(address) !== node) return;
      judge();
      if (!now.ok) void lookNow();
    });
  }

  /** All is well when every slot has a primary that answers. */
  function judge(): void {
    const away = [...primaries.values()].find((node) => !node.health().ok);
    const now = away?.health();
    if (slots.includes(undefined)) turn({ ok: false, reason: "the Redis Cluster has slots without a node" });
    else if (now?.ok === false) turn({ ok: false, reason: `node ${away?.address}: ${now.reason}` });
    else turn({ ok: true });
  }

  /** What a node answered, or what another node did that it sent us to. */
  async function routed<T>(key: string, ask: (node: RedisNode, asking: boolean) => Promise<T>): Promise<T> {
    let node = nodeOf(key);
    let asking = false;
    for (let redirects = 0; ; redirects++) {
      if (node === undefined) throw unavailable(new Error("no node of the Redis Cluster has this slot"));
      try {
        return await ask(node, asking);
      } catch (error) {
        const said = redirectOf(error);
        if (said === undefined || redirects === MAX_REDIRECTS) throw error;
        const target = readRedirect(said, node.address);
        asking = said.startsWith("ASK");
        if (!asking || !primaries.has(target)) await lookNow();
        node = asking ? primaries.get(target) : nodeOf(key);
      }
    }
  }

  void lookNow();

  return {
    send: (words, key) =>
      routed(key, (node, asking) => (asking ? node.sendAfter(["ASKING"], words) : node.send(words))),
    // A channel does not migrate as keys do: it is where its slot is.
    publish: (channel, message) => routed(channel, (node) => node.publish(channel, message, true)),
    hearings,
    health: (key) =>
      key === undefined ? health() : (nodeOf(key)?.health() ?? { ok: false, reason: "no node has its slot" }),
    onHealth,
    async close() {
      closed = true;
      clearTimeout(timer);
      endHealth();
      await Promise.all([...primaries.values()].map((node) => node.close()));
    },
  };
}

/** What a node said that did not execute a command because its key is elsewhere. */
function redirectOf(error: unknown): string | undefined {
  const cause = error instanceof GameError ? error.cause : error;
  return cause instanceof ErrorReply && /^(MOVED|ASK) /.test(cause.message) ? cause.message : undefined;
}

function hostPort(address: string): HostPort {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
