/**
 * What a user does in a channel beside writing: typing, reading. Not kept. Each worker tells its own connections, for it knows whom
 * of them that user is blocked by.
 */
import type { PayloadOf } from "../../core/contract/contract.ts";
import type { ConnectionId, UserId } from "../../core/ids.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { RoomName } from "../../core/rooms.ts";
import type { ChatContext } from "./context.ts";
import type { Feed } from "./delivery/channel-stream.ts";
import type { ChatContract } from "./events.ts";
import type { Heard } from "./model/channels.ts";

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

export function createSignals({ services: { store, log }, outbound, members }: ChatContext, feed: Feed) {
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

export type Signals = ReturnType<typeof createSignals>;
