/**
 * Events of a channel that are not kept: typing and read markers. They reach every worker over the bus, or those of one user; each worker
 * sends them to its own connections, because it knows the block lists of their users.
 */

import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { ConnectionId, UserId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import type { RoomName } from "../../../core/rooms.ts";
import type { ChatContext } from "../context.ts";
import type { Heard } from "../model/channels.ts";
import type { ChatContract } from "../schema.ts";
import type { ChannelStreams } from "./channel-stream.ts";

interface Target {
  readonly by: UserId;
  readonly room: RoomName;
  /** The channel of the room: only its members receive the event. Default: a user's own room; for `party`, the payload's channel. */
  readonly channel?: Heard;
  /** Not to this connection. */
  readonly except?: ConnectionId;
  readonly volatile?: boolean;
}

type EphemeralEvent = Target &
  (
    | { readonly event: "typing"; readonly payload: PayloadOf<ChatContract, "typing"> }
    | { readonly event: "read"; readonly payload: PayloadOf<ChatContract, "read"> }
  );

const ephemeralTopic = topic<EphemeralEvent>("chat:signals");

const partyOf = ({ payload: { channel, channel_id } }: EphemeralEvent): Heard | undefined =>
  channel === "party" ? { kind: "party", name: channel, id: channel_id } : undefined;

export function createEphemeralEvents(
  { services: { store, userBus, log }, outbound, members }: ChatContext,
  streams: ChannelStreams,
) {
  function receive(event: EphemeralEvent): void {
    const { channel = partyOf(event) } = event;
    if (channel) streams.sendToMembers(channel, () => send(event));
    else send(event);
  }

  function send({ by, room, except, volatile = false, event, payload }: EphemeralEvent): void {
    outbound.toRoom(room, event, payload, {
      local: true,
      volatile,
      exceptUsers: [...members.blockersOf(by)],
      ...(except === undefined ? {} : { except }),
    });
  }

  return {
    /** @param to the event is for this user alone, whose room it names */
    publish(event: EphemeralEvent, to?: UserId): void {
      const sent: Promise<unknown> =
        to === undefined
          ? store.bus.publish(ephemeralTopic, event)
          : userBus.publish(ephemeralTopic, [to], () => event, { isHint: false });
      sent.catch((err: unknown) => log.debug({ err }, "an ephemeral event did not reach the other workers"));
    },
    listen: () => userBus.subscribe(ephemeralTopic, receive),
  };
}

export type EphemeralEvents = ReturnType<typeof createEphemeralEvents>;
