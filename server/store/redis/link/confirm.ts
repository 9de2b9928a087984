/**
 * Waits until replicas of one server have all that it was asked until now. Redis replicates after it has answered, so an answer alone
 * says nothing about them. `WAIT` blocks the connection that sends it: so it has one of its own, where a command that replicas are sent
 * goes before it. All that was answered before that command is older in the one stream that replicas follow. Who asks while a round is
 * under way shares the next one.
 */
import { coalesce, singleFlight } from "../../../../core/async.ts";
import type { StoreHealth } from "../../../../core/ports/store/store.ts";
import { reasonOf } from "./health.ts";
import { unavailable } from "./time-limit.ts";

/** How long replicas may take. With what the command itself takes, an answer comes within about a second. */
const WAIT_MS = 500;
const LOOK_EVERY_MS = 200;
const MAX_WAITING = 20_000;

/** How many replicas must have what a command wrote before it is answered. */
export interface Confirmation {
  readonly replicas: number;
  /** What a channel, or a key, is named that only serves to be replicated. */
  readonly name: string;
}

/**
 * Commands that replicas are sent, and that change nothing else.
 * @param key one of what was written last: it is on this server
 */
export type Marker = (key: string) => readonly (readonly string[])[];

/** Published, it goes to replicas, and not into the append-only file. A cluster does not send them what is published. */
export const publishedMarker =
  ({ name }: Confirmation): Marker =>
  () => [["PUBLISH", name, ""]];

const KEY_TTL_MS = "60000";
/** More than it takes to find a key in a slot of one of sixteen primaries. */
const MAX_TRIES = 1_000;

/**
 * A key in a slot of this server. One that has no slot yet is given keys of a slot that is on its way: then the slot of what was written.
 * @param isHere whether this server has the key's slot
 */
export function keyMarker({ name }: Confirmation, isHere: (key: string) => boolean): Marker {
  let own = "";
  function ownKey(): string | undefined {
    for (let n = 0; n < MAX_TRIES; n++) {
      if (own !== "" && isHere(own)) return own;
      own = `${name}:${n}`;
    }
    return undefined;
  }
  return (key) => {
    const here = ownKey();
    if (here !== undefined) return [["SET", here, "", "PX", KEY_TTL_MS]];
    // Nothing was written there: only whether replicas follow it can be asked.
    if (key === "") return [];
    const tag = /\{([^}]+)\}/.exec(key)?.[0] ?? key;
    return [["ASKING"], ["SET", `${tag}${name}`, "", "PX", KEY_TTL_MS]];
  };
}

interface WaitingClient {
  sendCommand(words: string[]): Promise<unknown>;
}

export interface Confirmer {
  /** Of the connection: what was asked before it changed can't be confirmed, since it may be another server's now. */
  readonly era: number;
  /** Well, where replicas confirmed the last time. */
  readonly health: StoreHealth;
  /**
   * Resolves when replicas have all that the server did before this call.
   * @param asked `era` before the server was asked
   * @throws GameError `unavailable`: it is not known whether they have it, or ever will
   */
  confirm(asked: number, key: string): Promise<void>;
  /** The connection is there, or there again. */
  connected(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  close(): void;
}

export interface ConfirmerOptions {
  /** Of its own. */
  readonly client: WaitingClient;
  readonly replicas: number;
  readonly marker: Marker;
  within<T>(promise: Promise<T>): Promise<T>;
  /** The health is another. */
  changed(): void;
}

export function createConfirmer({ client, replicas, marker, within, changed }: ConfirmerOptions): Confirmer {
  let health: StoreHealth = { ok: false, reason: "Redis was not asked for its replicas yet" };
  let era = 0;
  let lastKey = "";
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const refusal = () => unavailable(new Error(health.ok ? "replicas are not asked any more" : health.reason));

  function turn(next: StoreHealth): void {
    if (closed) return;
    health = next;
    clearTimeout(timer);
    if (!next.ok) timer = setTimeout(() => void look().catch(() => undefined), LOOK_EVERY_MS).unref();
    changed();
  }

  async function ask(): Promise<void> {
    try {
      const commands = [...marker(lastKey), ["WAIT", String(replicas), String(WAIT_MS)]];
      const replies = await within(Promise.all(commands.map((words) => client.sendCommand([...words]))));
      const confirmed = Number(replies.at(-1));
      if (!(confirmed >= replicas))
        throw new Error(`${confirmed} of ${replicas} replicas confirmed within ${WAIT_MS} ms`);
      if (!health.ok) turn({ ok: true });
    } catch (error) {
      turn({ ok: false, reason: reasonOf(error) });
      throw refusal();
    }
  }

  /** While replicas do not confirm: whether they do again. */
  const look = singleFlight(ask);
  /** What waits for the round after one that failed fails with it. */
  const round = coalesce(() => (health.ok && !closed ? ask() : Promise.reject(refusal())));

  return {
    get era() {
      return era;
    },
    get health() {
      return health;
    },
    async confirm(asked, key) {
      if (waiting >= MAX_WAITING) throw unavailable(new Error("too many commands wait for replicas"));
      lastKey = key;
      waiting++;
      try {
        await round();
      } finally {
        waiting--;
      }
      if (asked !== era) throw unavailable(new Error("the connection that asks for replicas is a new one"));
    },
    connected() {
      era++;
      if (!health.ok && !closed) void look().catch(() => undefined);
    },
    async idle() {
      await look.idle();
      if (waiting > 0) await round().catch(() => undefined);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
