/** Who types where, on this worker: told when it begins and ends, not with every key; ends by itself. */

import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { ConnectionId, UserId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import type { RoomName } from "../../../core/rooms.ts";
import type { Clock } from "../../../core/time.ts";
import type { ChatContext } from "../context.ts";
import type { Heard } from "../model/channels.ts";
import type { ChatContract } from "../schema.ts";
import type { ChannelStreams } from "./channel-stream.ts";

// What a user does in a channel beside writing: typing, reading. Not kept. Each worker tells its own connections, for it knows whom
// of them that user is blocked by.

interface To {
  readonly by: UserId;
  readonly room: RoomName;
  /** Whose room that is: told to those only who belong to it by then. Left out: a user's own room; of `party`, what the payload says. */
  readonly channel?: Heard;
  /** Not to this connection. */
  readonly except?: ConnectionId;
  readonly volatile?: boolean;
}

export type Signal = To &
  (
    | { readonly event: "typing"; readonly payload: PayloadOf<ChatContract, "typing"> }
    | { readonly event: "read"; readonly payload: PayloadOf<ChatContract, "read"> }
  );

const signals = topic<Signal>("chat:signals");

const partyOf = ({ payload: { channel, channel_id } }: Signal): Heard | undefined =>
  channel === "party" ? { kind: "party", name: channel, id: channel_id } : undefined;

export function createReadEvents(
  { services: { store, log }, outbound, members }: ChatContext,
  feed: ChannelStreams,
) {
  function hear(signal: Signal): void {
    const { channel = partyOf(signal) } = signal;
    if (channel) feed.tell(channel, () => send(signal));
    else send(signal);
  }

  function send({ by, room, except, volatile = false, event, payload }: Signal): void {
    outbound.toRoom(room, event, payload, {
      local: true,
      volatile,
      exceptUsers: [...members.blockersOf(by)],
      ...(except === undefined ? {} : { except }),
    });
  }

  return {
    tell(signal: Signal): void {
      store.bus
        .publish(signals, signal)
        .catch((err: unknown) => log.debug({ err }, "a signal did not reach the other workers"));
    },
    listen: () => store.bus.subscribe(signals, hear),
  };
}

export type ReadEvents = ReturnType<typeof createReadEvents>;

export interface Typist {
  /** Names the connection and the channel. */
  readonly key: string;
  tell(typing: boolean): void;
}

interface Typing {
  readonly typist: Typist;
  endsAt: number;
  toldAt: number;
}

/** Said again to those who came later, or missed it: it is volatile. */
const REPEAT_MS = 2_000;

export class TypingBoard {
  readonly #clock: Clock;
  readonly #lastsMs: number;
  readonly #typing = new Map<string, Typing>();
  #interval: NodeJS.Timeout | undefined;

  constructor(clock: Clock, lastsMs: number) {
    this.#clock = clock;
    this.#lastsMs = lastsMs;
  }

  begin(typist: Typist): void {
    const now = this.#clock.now();
    const known = this.#typing.get(typist.key);
    const typing = known ?? { typist, endsAt: 0, toldAt: Number.NEGATIVE_INFINITY };
    typing.endsAt = now + this.#lastsMs;
    this.#typing.set(typist.key, typing);
    this.#interval ??= setInterval(() => this.sweep(), 500).unref();
    if (now - typing.toldAt < REPEAT_MS) return;
    typing.toldAt = now;
    typist.tell(true);
  }

  /** Tells of the end, if there was a beginning. */
  end(key: string): void {
    const typing = this.#typing.get(key);
    if (!typing) return;
    this.#typing.delete(key);
    if (this.#typing.size === 0) this.close();
    typing.typist.tell(false);
  }

  /** Ends what was not said again in time. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [key, typing] of this.#typing) if (now >= typing.endsAt) this.end(key);
  }

  /** Ends whatever has a key that begins so. */
  endAll(prefix: string): void {
    for (const key of [...this.#typing.keys()]) if (key.startsWith(prefix)) this.end(key);
  }

  get size(): number {
    return this.#typing.size;
  }

  close(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }
}
