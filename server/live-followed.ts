/** A stream that this worker's connections follow. */
import type { Contract } from "../core/contract.ts";
import type { Audience, LiveStream } from "../core/ports/live.ts";
import type { StreamEntry, StreamNotice } from "../core/ports/streams.ts";
import type { Session } from "../core/session.ts";
import type { Sender } from "./outbound.ts";

export class Followed {
  readonly stream: LiveStream<Contract, unknown>;
  readonly sessions = new Set<Session>();
  readonly audience: Audience<Contract>;
  /** Attachments under way keep the stream open as followers do. */
  attaching = 0;
  epoch = "";
  delivered = 0;
  /** The entry at `delivered`, where it was delivered here. */
  last: unknown;
  /** What was delivered last when the store went away, until it was found there again. */
  doubt: StreamEntry<unknown> | undefined;
  /** Notices that came too early, by offset. */
  readonly held = new Map<number, StreamNotice<unknown>>();
  started = false;
  /** The reading that is under way, if one is. */
  filling: Promise<void> | undefined;
  closed = false;
  unsubscribe: (() => void) | undefined;
  ready: Promise<void> = Promise.resolve();

  constructor(stream: LiveStream<Contract, unknown>, sender: Sender, namespace: Session["namespace"]) {
    this.stream = stream;
    const { sessions } = this;
    this.audience = {
      emit(event: string, payload: unknown, options) {
        const except = options?.exceptUser === undefined ? {} : { exceptUser: options.exceptUser };
        sender.send(namespace, stream.room, event, payload, { local: true, ...except });
      },
      sessions: () => sessions,
    };
  }
}
