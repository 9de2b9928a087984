/** The contract of `/game`: presence, rooms and authoritative games. */
import { Type } from "typebox";
import { command, defineContract, event, OPERATORS, type PayloadOf } from "../../core/contract/contract.ts";
import { listCommands, listEvents, RoomName } from "./listing/schema.ts";
import { Picture, Pushing, presenceCommands, presenceEvents } from "./presence/schema.ts";
import { GameFrame, GameInput, GameSync } from "./realtime/payloads.ts";
import { GivenLabels, JournalPart, MatchShape, Player, ReplayEntry, RoomShape } from "./rooms/payloads.ts";

// The events of `/game` as types, for clients and for other namespaces.

export type GameContract = typeof gameContract;

/** A room as members and the list see it. */
export type RoomView = PayloadOf<GameContract, "room:updated">["room"];
/** A user as the list and `presence` show it. */
export type UserView = PayloadOf<GameContract, "presence">["joined"][number];
export type UserStatus = UserView["status"];

const Id = Type.String({ minLength: 1, maxLength: 200 });
const Cursor = Type.Optional(Type.String({ maxLength: 500 }));
const none = Type.Object({});

/** ISO 8601. */
const Deadline = Type.Optional(Type.String());
const Patches = Type.Optional(Type.Boolean());
/** How frames of a real-time room come to this connection. */
const Form = Type.Optional(Type.Union([Type.Literal("objects"), Type.Literal("columns")]));
const RoomResult = Type.Object({ room: RoomShape });
const GameEvents = Type.Array(Type.Unknown());

const AnnouncementFields = {
  message: Type.String({ minLength: 1, maxLength: 2_000 }),
  level: Type.Union([Type.Literal("info"), Type.Literal("warning"), Type.Literal("critical")]),
};
const AchievementFields = { user_id: Id, achievement: Type.String({ minLength: 1, maxLength: 200 }) };
const PlayerStatusFields = { user_id: Id, status: Type.String({ minLength: 1, maxLength: 200 }) };

export const gameContract = defineContract({
  namespace: "/game",
  access: "anonymous",
  commands: {
    ...presenceCommands,
    "room:create": command({
      summary: "Makes a room with the caller as its owner and first player.",
      input: Type.Object({
        game: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
        name: RoomName,
        max_players: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        private: Type.Optional(Type.Boolean()),
        /** What others find it by; of the game's labels, where it declares some. */
        labels: GivenLabels,
        /** Options of the game, such as a mode. */
        options: Type.Optional(Type.Object({})),
        patches: Patches,
        form: Form,
      }),
      result: RoomResult,
    }),
    "room:join": command({
      summary:
        "Takes a seat, or watches. A private room needs its join code. With `patches`, states come to this connection as JSON Patches; `form` is that of the frames of a real-time room.",
      input: Type.Object({
        room_id: Type.Optional(Id),
        join_code: Type.Optional(Type.String({ minLength: 1, maxLength: 20 })),
        spectate: Type.Optional(Type.Boolean()),
        patches: Patches,
        form: Form,
      }),
      result: RoomResult,
      anonymous: true,
    }),
    "room:leave": command({
      summary: "Gives up the seat, or ends watching. In a running game the game's rules decide what follows.",
      input: Type.Object({ room_id: Id }),
      result: none,
      anonymous: true,
    }),
    ...listCommands,
    "room:mine": command({
      order: "read",
      summary:
        "The rooms and matches where the caller has a seat, open or running, oldest first, in pages of about 256 KB at most. A match is its room with `match_id` and `game_mode`.",
      input: Type.Object({ cursor: Cursor }),
      result: Type.Object({
        rooms: Type.Array(RoomShape),
        matches: Type.Array(MatchShape),
        cursor: Type.Optional(Type.String()),
      }),
      rate: { max: 10, windowMs: 1_000 },
    }),
    "room:signal": command({
      summary: "Sends data to other players of the room: to those in `to`. Default: to all others.",
      input: Type.Object({
        room_id: Id,
        to: Type.Optional(Type.Union([Id, Type.Array(Id, { minItems: 1, maxItems: 64 })])),
        data: Type.Unknown(),
      }),
      result: none,
      rate: { max: 60, windowMs: 1_000 },
    }),
    "room:start": command({
      summary: "Starts the room's game; owner only.",
      input: Type.Object({ room_id: Id }),
      result: Type.Object({ version: Type.Integer() }),
    }),
    "room:kick": command({
      summary:
        "Removes a player, or a user that watches, for good; owner only, and not in a match. In a running game the game's rules decide what follows.",
      input: Type.Object({ room_id: Id, user_id: Id }),
      result: none,
    }),
    "room:rematch": command({
      summary:
        "Agrees to play again, or with `agree: false` withdraws that. When all present players agree, the next game starts in the same room, with their seats; versions go on.",
      input: Type.Object({ room_id: Id, agree: Type.Optional(Type.Boolean()) }),
      result: RoomResult,
    }),
    "room:state": command({
      summary:
        "The room and the caller's view of its game; version 0 before the game has started. `patches` and `form` say how states and frames come to this connection from now on. Of a running real-time room the answer has the fields of a `game_sync`, which is sent too.",
      input: Type.Object({ room_id: Id, patches: Patches, form: Form }),
      result: Type.Object({
        ...Type.Partial(GameSync).properties,
        room: RoomShape,
        state: Type.Unknown(),
        version: Type.Integer(),
        /** When the present turn's time is over, where it has a limit. */
        deadline: Deadline,
        /** Once the game is over. */
        result: Type.Optional(Type.Unknown()),
      }),
      anonymous: true,
    }),
    "game:action": command({
      summary: "Performs an action of the game, if its rules allow it.",
      input: Type.Object({
        room_id: Id,
        action: Type.String({ minLength: 1, maxLength: 40 }),
        args: Type.Optional(Type.Unknown()),
        version: Type.Optional(Type.Integer({ minimum: 0 })),
        action_id: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      }),
      result: Type.Object({ version: Type.Integer() }),
    }),
    "game:input": command({
      order: "free",
      summary:
        "Inputs of a player in a real-time room: each an array `[seq, …fields in the order of the game's input]`, or an object with `seq` and the fields. `seq` counts from 1. `epoch` is that of the last frame; inputs for another one are ignored. `got` is the tick of the newest frame, `seen` the tick that the player was shown. No acknowledgement is needed; what is wrong comes as `error`. Per connection, twice as many messages a second as the game has ticks.",
      input: GameInput,
      result: none,
      rate: { max: 120, windowMs: 1_000 },
    }),
    "match:replay": command({
      order: "read",
      summary:
        "The log of a game that is over, for its players, in pages. The game's rules make the same states from it. For a real-time game `journal` has it: snapshots, and what each tick took, with a hash of the state once a second.",
      input: Type.Object({
        room_id: Id,
        /** Which game of the room. Default: the last one that is over, or the first once the room is gone. */
        round: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
        cursor: Type.Optional(Type.Integer({ minimum: 0 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
      }),
      result: Type.Object({
        room_id: Type.String(),
        round: Type.Integer(),
        game: Type.String(),
        players: Type.Array(Type.String()),
        result: Type.Unknown(),
        /** False where the game was longer than a log, so that the beginning is gone. */
        complete: Type.Boolean(),
        /** Empty for a real-time game. */
        entries: Type.Array(ReplayEntry),
        /** Of a real-time game, in place of `entries`. */
        journal: Type.Optional(Type.Array(JournalPart)),
        cursor: Type.Optional(Type.Integer()),
      }),
      rate: { max: 10, windowMs: 1_000 },
    }),
    announcement: command({
      summary: "Sends an announcement to everybody in `/game`, guests too.",
      input: Type.Object({
        message: AnnouncementFields.message,
        level: Type.Optional(AnnouncementFields.level),
      }),
      result: none,
      roles: OPERATORS,
    }),
    achievement: command({
      summary: "Sends a user an achievement, now or when they connect.",
      input: Type.Object({
        ...AchievementFields,
        request_id: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      }),
      result: none,
      roles: OPERATORS,
    }),
    player_status: command({
      summary: "Sends everybody a player's status in the game world.",
      input: Type.Object(PlayerStatusFields),
      result: none,
      roles: OPERATORS,
    }),
  },
  events: {
    ...presenceEvents,
    ...listEvents,
    welcome: event({
      summary: "Greets a connection with a token.",
      payload: Type.Object({
        user: Type.Object({
          user_id: Type.String(),
          name: Type.String(),
          picture: Picture,
          roles: Type.Array(Type.String()),
        }),
        connection_id: Type.String(),
        presence: Pushing,
      }),
      delivery: "ordinary",
    }),
    "room:updated": event({
      summary: "A room as it is now, for its members, and for a returning connection of a player.",
      payload: RoomResult,
      delivery: "ordinary",
    }),
    "room:left": event({
      summary: "The user is no longer a member of the room, on any connection.",
      payload: Type.Object({
        room_id: Type.String(),
        reason: Type.Optional(Type.Literal("kicked")),
      }),
      delivery: "ordinary",
    }),
    "room:signal": event({
      summary: "Data of another player of the room.",
      payload: Type.Object({ room_id: Type.String(), from: Type.String(), data: Type.Unknown() }),
      delivery: "ordinary",
    }),
    game_started: event({
      summary: "The game has begun; the state is the receiver's view.",
      payload: Type.Object({
        room_id: Type.String(),
        game: Type.String(),
        players: Type.Array(Player),
        state: Type.Unknown(),
        version: Type.Integer(),
        deadline: Deadline,
      }),
      delivery: "reliable",
    }),
    game_state: event({
      summary:
        "The game after a change, and its events; the state is the receiver's view. A connection that asked for patches gets `patch` (RFC 6902, from version `from` to version `to`) instead of `state`, where that is shorter and it has had the state before. A patch whose `to` is not above the client's version is old. One whose `from` is not the client's version shows a gap: ask for `room:state`. With `missed` it is the whole state for a connection that may have missed changes: `events` is empty, and those of the missed changes are gone.",
      payload: Type.Object({
        room_id: Type.String(),
        version: Type.Integer(),
        state: Type.Optional(Type.Unknown()),
        from: Type.Optional(Type.Integer()),
        to: Type.Optional(Type.Integer()),
        patch: Type.Optional(Type.Array(Type.Unknown())),
        events: GameEvents,
        missed: Type.Optional(Type.Literal(true)),
        /** When the present turn's time is over, where it has a limit. */
        deadline: Deadline,
      }),
      delivery: "ordinary",
    }),
    game_frame: event({
      summary:
        "What has changed in a real-time room since frame `base`. In the objects form `set` is `{collection: {entity id: {field: value}}}` with absolute values and `gone` is `{collection: [entity ids]}`; apply `gone` first. `own` has the fields that only this player is sent. `ack` is the player's last input that was consumed, `lead` how many of theirs wait, `saved` (where it has changed) the last input that outlives the worker: keep those after it, to send them again after a take-over. `lost` are inputs that were dropped. `rest` entities have changed too, and follow with the next frames. `events_lost` events had no place. `skipped` are ticks that were never played.",
      payload: GameFrame,
      delivery: "volatile",
    }),
    game_sync: event({
      summary:
        "All that the receiver may see of a real-time room, as it starts to follow, after frames that it did not get, after another worker took the room over, or because it asked. Frames continue it. Inputs go on after `ack`: send those that were not consumed again, with the new `epoch`.",
      payload: GameSync,
      delivery: "ordinary",
    }),
    game_ended: event({
      summary: "The game is over. `teams` has the members of each team, by its number, in a game of teams.",
      payload: Type.Object({
        room_id: Type.String(),
        result: Type.Unknown(),
        teams: Type.Optional(Type.Array(Type.Array(Type.String()))),
      }),
      delivery: "ordinary",
    }),
    announcement: event({
      summary: "A message to everybody here.",
      payload: Type.Object(AnnouncementFields),
      delivery: "ordinary",
    }),
    achievement: event({
      summary: "The user has achieved something.",
      payload: Type.Object(AchievementFields),
      delivery: "reliable",
    }),
    player_status: event({
      summary: "A player's status in the game world.",
      payload: Type.Object(PlayerStatusFields),
      delivery: "ordinary",
    }),
  },
});
