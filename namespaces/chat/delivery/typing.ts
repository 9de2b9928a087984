/** The typing indicator: sent when a user begins and ends, not with every key. It ends by itself. */
import { rooms } from "../../../core/rooms.ts";
import type { Clock } from "../../../core/time.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import type { Access, ChannelName } from "../membership/access.ts";
import { type Channel, heard, peerOf, roomOf } from "../model/channels.ts";
import type { EphemeralEvents } from "./ephemeral.ts";

export interface Typist {
  /** Names the connection and the channel. */
  readonly key: string;
  emit(typing: boolean): void;
}

interface Running {
  readonly typist: Typist;
  endsAt: number;
  emittedAt: number;
}

/** The event is volatile: it is repeated for clients that came later, or missed it. */
const REPEAT_MS = 2_000;
/** Default of `typingMs`. */
const LASTS_MS = 6_000;

export class TypingBoard {
  readonly #clock: Clock;
  readonly #lastsMs: number;
  readonly #typing = new Map<string, Running>();
  #interval: NodeJS.Timeout | undefined;

  constructor(clock: Clock, lastsMs: number) {
    this.#clock = clock;
    this.#lastsMs = lastsMs;
  }

  begin(typist: Typist): void {
    const now = this.#clock.now();
    const known = this.#typing.get(typist.key);
    const typing = known ?? { typist, endsAt: 0, emittedAt: Number.NEGATIVE_INFINITY };
    typing.endsAt = now + this.#lastsMs;
    this.#typing.set(typist.key, typing);
    this.#interval ??= setInterval(() => this.sweep(), 500).unref();
    if (now - typing.emittedAt < REPEAT_MS) return;
    typing.emittedAt = now;
    typist.emit(true);
  }

  /** Emits the end, if there was a beginning. */
  end(key: string): void {
    const typing = this.#typing.get(key);
    if (!typing) return;
    this.#typing.delete(key);
    if (this.#typing.size === 0) this.close();
    typing.typist.emit(false);
  }

  /** Ends typing that was not repeated in time. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [key, typing] of this.#typing) if (now >= typing.endsAt) this.end(key);
  }

  /** Ends every key with this beginning. */
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

export function createTyping(
  { options }: Pick<ChatContext, "options">,
  access: Access,
  ephemeral: EphemeralEvents,
) {
  const board = new TypingBoard({ now: () => performance.now() }, options.typingMs ?? LASTS_MS);
  const keyOf = (session: ChatSession, channel: Channel) => `${session.id} ${channel.id}`;

  function emit(session: ChatSession, channel: Channel, typing: boolean): void {
    const payload = {
      channel: channel.name,
      channel_id: channel.id,
      user_id: session.userId,
      user: session.identity.name,
      typing,
    };
    const peer = peerOf(channel, session.userId);
    const sent: Parameters<EphemeralEvents["publish"]>[0] = {
      event: "typing",
      payload,
      by: session.userId,
      ...(peer === undefined
        ? { room: roomOf(channel), channel: heard(channel) }
        : { room: rooms.user(peer) }),
      except: session.id,
      // A client that misses the end would show the user as typing for ever.
      volatile: typing,
    };
    ephemeral.publish(sent, peer);
  }

  return {
    async set(session: ChatSession, name: ChannelName, typing: boolean): Promise<void> {
      const channel = await access.open(session, name, "write");
      const key = keyOf(session, channel);
      if (!session.connected) return;
      if (typing) board.begin({ key, emit: (on) => emit(session, channel, on) });
      else board.end(key);
    },
    /** The user has sent the message. */
    sent: (session: ChatSession, channel: Channel) => board.end(keyOf(session, channel)),
    disconnected: (session: ChatSession) => board.endAll(`${session.id} `),
    close: () => board.close(),
  };
}

export type Typing = ReturnType<typeof createTyping>;
