/**
 * The primary that Sentinels know by a name. Their answer is asked for again and again, so a failover is followed also where the
 * old primary still answers. node-redis's own Sentinel client is not used: it sends a command again that may have been executed
 * (docs/decisions/0009).
 */
import { ErrorReply } from "redis";
import { GameError } from "../../../../core/contract/errors.ts";
import type { HostPort, Login, RedisAddress } from "./address.ts";
import { createChannelListeners } from "./channel-listeners.ts";
import type { RedisLink } from "./connection.ts";
import { createHealth, reasonOf } from "./health.ts";
import { type NodeOptions, openNode, type RedisNode } from "./node.ts";
import { sendOnce } from "./one-question.ts";
import { unavailable } from "./time-limit.ts";

/** Between questions while all is well, and while the primary is away. */
const ASK_EVERY_MS = 1_000;
const ASK_SOON_MS = 200;

type SentinelAddress = Extract<RedisAddress, { kind: "sentinel" }>;

const isDemoted = (error: unknown): boolean => {
  const cause = error instanceof GameError ? error.cause : error;
  return cause instanceof ErrorReply && /^(READONLY|NOREPLICAS|MASTERDOWN)/.test(cause.message);
};

export function openSentinel(
  address: SentinelAddress,
  options: NodeOptions,
  sentinelLogin: { readonly password?: string },
): RedisLink {
  const health = createHealth("no Sentinel was asked yet");
  const login: Login = { tls: address.tls, ...sentinelLogin };
  /** The one that answered last comes first. */
  const sentinels = [...address.sentinels];
  let node: RedisNode | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const listeners = createChannelListeners(() => node);

  async function askOne(sentinel: HostPort): Promise<HostPort> {
    const reply = await sendOnce(sentinel, login, ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.master]);
    if (!Array.isArray(reply)) throw new Error(`the Sentinels know no primary named ${address.master}`);
    return { host: String(reply[0]), port: Number(reply[1]) };
  }

  async function askForPrimary(): Promise<HostPort> {
    let reason: unknown = new Error("no Sentinel is named");
    for (const [at, sentinel] of sentinels.entries()) {
      try {
        const primary = await askOne(sentinel);
        sentinels.unshift(...sentinels.splice(at, 1));
        return primary;
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  /**
   * Before another one is followed, and while the one that is followed is of no use. One Sentinel may be cut off from the others, with a
   * primary or without, so the primary counts that most tell; where as many tell another one as this one, the other.
   */
  function askAll(): Promise<HostPort> {
    const told = new Map<string, { primary: HostPort; count: number }>();
    const most = () =>
      [...told].sort(([one, a], [, b]) => b.count - a.count || (one === node?.address ? 1 : -1))[0]?.[1];
    return new Promise((resolve, reject) => {
      let open = sentinels.length;
      const ended = (reason?: unknown) => {
        open -= 1;
        const found = most();
        if (found !== undefined && (open === 0 || found.count * 2 > sentinels.length)) resolve(found.primary);
        else if (open === 0) reject(reason);
      };
      for (const sentinel of sentinels)
        askOne(sentinel).then((primary) => {
          const name = `${primary.host}:${primary.port}`;
          told.set(name, { primary, count: (told.get(name)?.count ?? 0) + 1 });
          ended();
        }, ended);
    });
  }

  async function look(): Promise<void> {
    try {
      const isOther = ({ host, port }: HostPort) => node?.address !== `${host}:${port}`;
      let primary = await askForPrimary();
      if (node !== undefined && (isOther(primary) || !health.now.ok)) primary = await askAll();
      if (!closed && isOther(primary)) await follow(primary);
    } catch (error) {
      if (node === undefined)
        health.turn({ ok: false, reason: `no Sentinel tells the primary: ${reasonOf(error)}` });
    }
    if (closed) return;
    timer = setTimeout(() => void look(), health.now.ok ? ASK_EVERY_MS : ASK_SOON_MS);
  }

  async function follow(primary: HostPort): Promise<void> {
    const before = node;
    const next = openNode(primary, options);
    node = next;
    health.turn({ ok: false, reason: `Redis is at ${next.address} now, not connected to it yet` });
    next.onHealth((now) => {
      if (node === next) health.turn(now);
    });
    listeners.moved();
    if (before === undefined) return;
    options.log.warn({ from: before.address, to: next.address }, "Redis has another primary");
    void before.close();
  }

  const current = (): RedisNode => {
    const { now } = health;
    if (node === undefined || !now.ok) throw unavailable(new Error(now.ok ? "no primary" : now.reason));
    return node;
  };
  /** What the primary did, as it is known now. */
  async function primaryDid<T>(ask: (primary: RedisNode) => Promise<T>): Promise<T> {
    try {
      return await ask(current());
    } catch (error) {
      // What is followed is no primary, or has lost its replicas: another Sentinel may know better.
      if (isDemoted(error)) sentinels.push(...sentinels.splice(0, 1));
      throw error;
    }
  }
  void look();

  return {
    send: (words, key) => primaryDid((primary) => primary.confirmed(key, () => primary.send(words))),
    sendUnconfirmed: (words) => primaryDid((primary) => primary.send(words)),
    confirm: (key) => primaryDid((primary) => primary.confirmed(key, () => Promise.resolve())),
    primaries: () => [async (words) => current().send(words)],
    publish: async (channel, message) => current().publish(channel, message, false),
    listeners,
    health: () => health.now,
    onHealth: health.onHealth,
    async close() {
      closed = true;
      clearTimeout(timer);
      health.end();
      await node?.close();
    },
  };
}
