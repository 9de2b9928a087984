/**
 * A Redis Cluster: a connection to each primary, the map of slots, and what to do when they move. Commands go where their key is; a
 * command that a node did not execute (MOVED, ASK) is sent to the right one, and none is ever sent again that may have been executed.
 * node-redis's own cluster client is not used (docs/decisions/0009).
 */

import { setTimeout as delay } from "node:timers/promises";
import { ErrorReply } from "redis";
import { singleFlight } from "../../../../core/async.ts";
import { GameError } from "../../../../core/contract/errors.ts";
import { isFinal } from "../../../../core/ports/store/store.ts";
import type { HostPort } from "./address.ts";
import { createChannelListeners } from "./channel-listeners.ts";
import { keyMarker } from "./confirm.ts";
import type { RedisLink } from "./connection.ts";
import { createHealth, reasonOf } from "./health.ts";
import { type NodeOptions, openNode, type RedisNode } from "./node.ts";
import { sendOnce } from "./one-question.ts";
import { readRedirect, readSlots, SLOTS, type SlotRange, slotOf } from "./slots.ts";
import { COMMAND_TIMEOUT_MS, unavailable } from "./time-limit.ts";

/** Between looks at the map while all is well, and while something is away. */
const LOOK_EVERY_MS = 5_000;
const LOOK_SOON_MS = 200;
/** Nodes without slots that keys are moved to at the same time. */
const MAX_GUESTS = 16;
const GUEST_MS = 60_000;
/** A command follows the map at most so often. */
const MAX_REDIRECTS = 4;
const CLUSTER_SLOTS = ["CLUSTER", "SLOTS"];

export function openCluster(seeds: readonly HostPort[], options: NodeOptions): RedisLink {
  const health = createHealth("the cluster was not looked at yet");
  const primaries = new Map<string, RedisNode>();
  /** Nodes that keys are on their way to, and that have no slot yet. */
  const guests = new Map<string, RedisNode>();
  const guestSince = new WeakMap<RedisNode, number>();
  /** Whom to ask for the map first, since it knew better; and last, since it is cut off from the others. */
  let informed: RedisNode | undefined;
  let cutOff: RedisNode | undefined;
  /** The address of each slot's primary. */
  let slots: readonly (string | undefined)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const nodeOf = (key: string): RedisNode | undefined => primaries.get(slots[slotOf(key)] ?? "");
  const listeners = createChannelListeners(nodeOf);

  /** Asks one node after the other, those that answer first. */
  async function askForSlots(): Promise<SlotRange[]> {
    let reason: unknown;
    const first = [...primaries.values()].filter((node) => node !== informed && node !== cutOff);
    const asked = [informed, ...first, cutOff].flatMap((node) => (node?.health().ok ? [node] : []));
    for (const node of asked) {
      try {
        return readSlots(await node.send(CLUSTER_SLOTS), hostPort(node.address));
      } catch (error) {
        reason = error;
      }
    }
    for (const seed of seeds) {
      try {
        return readSlots(await sendOnce(seed, options.login, CLUSTER_SLOTS), seed);
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
      health.turn({ ok: false, reason: `no node of the cluster tells its slots: ${reasonOf(error)}` });
    }
    if (!closed) timer = setTimeout(() => void lookNow(), health.now.ok ? LOOK_EVERY_MS : LOOK_SOON_MS);
  }

  /** One look at a time, however many ask for it. */
  const lookNow = singleFlight(look);

  function follow(ranges: readonly SlotRange[]): void {
    const next = new Array<string | undefined>(SLOTS).fill(undefined);
    const named = new Set<string>();
    for (const { from, to, primary } of ranges) {
      const address = `${primary.host}:${primary.port}`;
      named.add(address);
      if (!primaries.has(address)) primaries.set(address, guests.get(address) ?? open(address, primary));
      guests.delete(address);
      next.fill(address, from, to + 1);
    }
    slots = next;
    closeIdleGuests();
    for (const [address, node] of primaries) {
      if (named.has(address)) continue;
      primaries.delete(address);
      options.log.info({ node: address }, "no primary of the Redis Cluster any more");
      void node.close();
    }
    listeners.moved();
    judge();
  }

  /** One that a look finds without slots twice, a while apart, is waited for no more. */
  function closeIdleGuests(): void {
    for (const [address, node] of guests) {
      const since = guestSince.get(node) ?? performance.now();
      guestSince.set(node, since);
      if (performance.now() - since < GUEST_MS) continue;
      guests.delete(address);
      void node.close();
    }
  }

  function open(address: string, at: HostPort): RedisNode {
    const { confirmation } = options;
    const node = openNode(at, {
      ...options,
      ...(confirmation && { marker: keyMarker(confirmation, (key) => slots[slotOf(key)] === address) }),
      moved() {
        listeners.dropped(node);
        void lookNow();
      },
    });
    node.onHealth((now) => {
      if (primaries.get(address) !== node) return;
      const wasWell = health.now.ok;
      judge();
      if (now.ok) return;
      if (!wasWell) health.repeatAway();
      void lookNow();
    });
    return node;
  }

  /** The node that has a key which is on its way there. */
  async function hostOf(address: string): Promise<RedisNode> {
    const known = primaries.get(address) ?? guests.get(address);
    const node = known ?? open(address, hostPort(address));
    if (known === undefined) {
      if (guests.size >= MAX_GUESTS) throw unavailable(new Error("keys are moved to too many new nodes"));
      guests.set(address, node);
    }
    const until = performance.now() + COMMAND_TIMEOUT_MS;
    while (!node.health().ok && performance.now() < until) await delay(20, undefined, { ref: false });
    return node;
  }

  /** All is well when every slot has a primary that answers. */
  function judge(): void {
    const sick = [...primaries.values()].filter((node) => !node.health().ok);
    const away = sick.find((node) => isFinal(node.health())) ?? sick[0];
    const now = away?.health();
    if (slots.includes(undefined))
      health.turn({ ok: false, reason: "the Redis Cluster has slots without a node" });
    else if (now?.ok === false)
      health.turn(now.final ? now : { ok: false, reason: `node ${away?.address}: ${now.reason}` });
    else health.turn({ ok: true });
  }

  /** What a node answered, or what another node did that it sent us to. */
  async function routed<T>(key: string, ask: (node: RedisNode, asking: boolean) => Promise<T>): Promise<T> {
    let node = nodeOf(key);
    let asking = false;
    for (let redirects = 0; ; redirects++) {
      if (closed) throw unavailable(new Error("the connection is closed"));
      if (node === undefined) throw unavailable(new Error("no node of the Redis Cluster has this slot"));
      try {
        return await ask(node, asking);
      } catch (error) {
        const said = redirectOf(error);
        if (isCutOff(error) && cutOff !== node) {
          cutOff = node;
          void lookNow();
        }
        if (said === undefined || redirects === MAX_REDIRECTS) throw error;
        asking = said.startsWith("ASK");
        if (asking) node = await hostOf(readRedirect(said, node.address));
        else {
          informed = node;
          await lookNow();
          node = nodeOf(key);
        }
      }
    }
  }

  const sendTo = (node: RedisNode, asking: boolean, words: readonly string[]) =>
    asking ? node.sendAfter(["ASKING"], words) : node.send(words);
  void lookNow();

  return {
    send: (words, key) =>
      routed(key, (node, asking) => node.confirmed(key, () => sendTo(node, asking, words))),
    sendUnconfirmed: (words, key) => routed(key, (node, asking) => sendTo(node, asking, words)),
    confirm: (key) => routed(key, (node) => node.confirmed(key, () => Promise.resolve())),
    primaries: () => [...primaries.values()].map(({ send }) => send),
    // A channel does not migrate as keys do: it is where its slot is.
    publish: (channel, message) => routed(channel, (node) => node.publish(channel, message, true)),
    listeners,
    health: (key) =>
      key === undefined
        ? health.now
        : (nodeOf(key)?.health() ?? { ok: false, reason: "no node has its slot" }),
    onHealth: health.onHealth,
    async close() {
      closed = true;
      clearTimeout(timer);
      health.end();
      await Promise.all([...primaries.values(), ...guests.values()].map((node) => node.close()));
    },
  };
}

/** A node that has lost the others answers so for every key. */
const isCutOff = (error: unknown): boolean => /^CLUSTERDOWN/.test(repliedIn(error) ?? "");

/** What a node said that did not execute a command because its key is elsewhere. */
export function redirectOf(error: unknown): string | undefined {
  const said = repliedIn(error);
  return said !== undefined && /^(MOVED|ASK) /.test(said) ? said : undefined;
}

function repliedIn(error: unknown): string | undefined {
  const cause = error instanceof GameError ? error.cause : error;
  return cause instanceof ErrorReply ? cause.message : undefined;
}

function hostPort(address: string): HostPort {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
