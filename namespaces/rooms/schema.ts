/** The contract of `/`: rooms that clients name themselves, and relay rooms. */
import { Type } from "typebox";
import { command, defineContract, event } from "../../core/contract/contract.ts";
import { kindSchemas } from "./relay-messages.ts";

// The events of `/` as types, for clients and for other namespaces.

export type RoomsContract = typeof roomsContract;

/** Longest name of a room, in UTF-16 units. */
const MAX_NAME = 200;
/** `room` may be absent: an absent and an empty one get the same error, whose text existing clients expect. */
const RoomField = Type.Optional(Type.String({ maxLength: MAX_NAME }));
const RelayField = Type.Optional(Type.String({ maxLength: MAX_NAME }));
const Binary = Type.Refine(Type.Unsafe<Uint8Array>({}), (value) => value instanceof Uint8Array);
const Position = { epoch: Type.String(), offset: Type.Integer({ minimum: 0 }) };
const RelayData = Type.Union([Type.String(), Binary]);
const none = Type.Object({});
/** Of a message in a relay room: the room, and the client that sent it. */
const origin = { room_id: Type.String(), client_id: Type.String() };

const Missed = Type.Object({
  room: Type.String(),
  data: Type.Unknown(),
  client_id: Type.String(),
  offset: Type.Integer(),
  timestamp: Type.Number(),
});

export const roomsContract = defineContract({
  namespace: "/",
  access: "open-in-dev",
  commands: {
    subscribe: command({
      summary:
        "Follows a room. With `since`, `messages` has what was missed after that cursor, where that is at most 512 KiB. Else it has the beginning; the rest follows in order as `message` events from `offset` on, before anything newer.",
      input: Type.Object({
        room: RoomField,
        since: Type.Optional(
          Type.Object({ epoch: Type.String({ maxLength: 100 }), offset: Type.Integer({ minimum: 0 }) }),
        ),
      }),
      result: Type.Object({
        room: Type.String(),
        client_count: Type.Integer(),
        ...Position,
        recovered: Type.Optional(Type.Boolean()),
        messages: Type.Optional(Type.Array(Missed)),
      }),
      anonymous: true,
    }),
    unsubscribe: command({
      summary: "Ends following a room.",
      input: Type.Object({ room: RoomField }),
      result: none,
      anonymous: true,
    }),
    publish: command({
      order: "pipelined",
      summary:
        "Sends to every connection that follows the room, the sender too. Only connections that follow the room may.",
      input: Type.Object({
        room: RoomField,
        data: Type.Unknown(),
        client_msg_id: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      }),
      result: Type.Object({ ...Position, duplicate: Type.Optional(Type.Boolean()) }),
      anonymous: true,
    }),
    broadcast: command({
      summary: "Sends to every connection of this namespace; in production for the roles service and admin.",
      input: Type.Object({ data: Type.Unknown() }),
      result: none,
      anonymous: true,
    }),
    "relay:join": command({
      summary: "Joins a relay room, the same that plain clients enter by `/ws/{room_id}`.",
      input: Type.Object({ room_id: RelayField }),
      result: Type.Object({ room_id: Type.String(), client_id: Type.String(), client_count: Type.Integer() }),
      anonymous: true,
    }),
    "relay:leave": command({
      summary: "Leaves a relay room.",
      input: Type.Object({ room_id: RelayField }),
      result: none,
      anonymous: true,
    }),
    relay: command({
      summary: "Sends data to the others in a relay room, as it is.",
      input: Type.Object({ room_id: RelayField, data: RelayData }),
      result: none,
      anonymous: true,
      rate: { max: 60, windowMs: 1_000 },
    }),
  },
  events: {
    connected: event({
      summary: "Greets a connection with its id.",
      payload: Type.Object({ data: Type.Object({ client_id: Type.String(), message: Type.String() }) }),
      delivery: "ordinary",
    }),
    subscribed: event({
      summary: "The connection follows the room now.",
      payload: Type.Object({
        room: Type.String(),
        data: Type.Object({ room: Type.String(), client_count: Type.Integer() }),
      }),
      delivery: "ordinary",
    }),
    unsubscribed: event({
      summary: "The connection does not follow the room any more.",
      payload: Type.Object({ room: Type.String(), data: Type.Object({ room: Type.String() }) }),
      delivery: "ordinary",
    }),
    message: event({
      summary: "A message of a room (then with `room` and `offset`) or of a broadcast.",
      payload: Type.Object({
        room: Type.Optional(Type.String()),
        data: Type.Unknown(),
        client_id: Type.String(),
        offset: Type.Optional(Type.Integer()),
        timestamp: Type.Optional(Type.Number({ description: "when it was published" })),
      }),
      delivery: "stream",
    }),
    lost: event({
      summary: "Messages of the room are gone for good; what follows continues after this cursor.",
      payload: Type.Object({ room: Type.String(), recovered: Type.Literal(false), ...Position }),
      delivery: "ordinary",
    }),
    relay: event({
      summary: "Data of another in a relay room.",
      payload: Type.Object({ room_id: Type.String(), data: RelayData, client_id: Type.String() }),
      delivery: "ordinary",
    }),
    client_hello: event({
      summary: "Another in a relay room sent a ClientHello.",
      payload: Type.Object({ ...kindSchemas.client_hello.properties, ...origin }),
      delivery: "ordinary",
    }),
    position_update: event({
      summary: "Another in a relay room sent a PositionUpdate.",
      payload: Type.Object({ ...kindSchemas.position_update.properties, ...origin }),
      delivery: "volatile",
    }),
    chat_message: event({
      summary: "Another in a relay room sent a ChatMessage.",
      payload: Type.Object({ ...kindSchemas.chat_message.properties, ...origin }),
      delivery: "ordinary",
    }),
    entity_spawn: event({
      summary: "Another in a relay room sent an EntitySpawn.",
      payload: Type.Object({ ...kindSchemas.entity_spawn.properties, ...origin }),
      delivery: "ordinary",
    }),
    presence_event: event({
      summary: "Another in a relay room sent a PresenceEvent.",
      payload: Type.Object({ ...kindSchemas.presence_event.properties, ...origin }),
      delivery: "ordinary",
    }),
  },
});
