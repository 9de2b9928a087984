/** The contract of `/matchmaking`: queues, ready checks and parties. */
import { Type } from "typebox";
import { fieldsOf } from "../../core/contract/aliases.ts";
import { command, defineContract, event, OPERATORS, type PayloadOf } from "../../core/contract/contract.ts";

// Types for clients and other namespaces.

export type MatchmakingContract = typeof matchmakingContract;

export type QueueStatus = PayloadOf<MatchmakingContract, "queue_status">;
export type PartyView = NonNullable<PayloadOf<MatchmakingContract, "party_updated">["party"]>;

const Id = Type.String({ minLength: 1, maxLength: 128 });
const Name = Type.String({ minLength: 1, maxLength: 64 });
const RequestId = Type.String({ minLength: 1, maxLength: 128 });
const Skill = Type.Number({ minimum: -1e9, maximum: 1e9 });
const Properties = Type.Record(
  Type.String(),
  Type.Union([Type.String({ maxLength: 128 }), Type.Number(), Type.Boolean()]),
  { maxProperties: 16 },
);
const Nothing = Type.Object({});
const Position = Type.Integer({ minimum: 1 });
const Count = Type.Integer({ minimum: 0 });
const SecondsFrom0 = Type.Number({ minimum: 0 });

/** A party as its members see it; members in the order they came. */
const Party = Type.Object({
  party_id: Id,
  leader: Id,
  members: Type.Array(Type.Object({ user_id: Id, name: Type.String() })),
  max_size: Type.Integer(),
});
const PartyResult = Type.Object({ party: Party });

const WaitingFor = Type.Object({
  reason: Type.Union([
    Type.Literal("players"),
    Type.Literal("skill"),
    Type.Literal("region"),
    Type.Literal("properties"),
    Type.Literal("party_size"),
    /** The mode has a matcher of the application, which has not chosen the ticket yet. */
    Type.Literal("matcher"),
  ]),
  /** How many other players fit by every rule, with the skill window. */
  candidates: Count,
  /** How far from the own skill other players may be now; null: any distance. */
  window: Type.Union([Type.Number(), Type.Null()]),
});

/** The fields of `preferences`, for clients that send them as an object. */
const inPreferences = fieldsOf("preferences", ["region", "properties", "skill"]);

export const matchmakingContract = defineContract({
  namespace: "/matchmaking",
  access: "token",
  commands: {
    queue_join: command({
      summary: "Queue for a mode, alone or as the leader of a party",
      input: Type.Object({
        game_mode: Name,
        skill: Type.Optional(Skill),
        region: Type.Optional(Name),
        properties: Type.Optional(Properties),
        party_id: Type.Optional(Id),
        request_id: Type.Optional(RequestId),
      }),
      aliases: {
        names: ["join_queue"],
        note: "`region`, `properties` and `skill` in an object `preferences`",
        read: inPreferences,
      },
      result: Type.Object({
        ticket_id: Id,
        position: Position,
        queue_size: Count,
        estimated_wait_s: SecondsFrom0,
      }),
    }),
    preferences: command({
      summary: "Change the waiting ticket without losing its place",
      input: Type.Object({
        region: Type.Optional(Name),
        properties: Type.Optional(Properties),
        skill: Type.Optional(Skill),
      }),
      aliases: {
        names: ["update_preferences"],
        note: "what changes in an object `preferences`",
        read: inPreferences,
      },
      result: Type.Object({ ticket_id: Id }),
    }),
    queue_leave: command({
      summary: "Leave the queue; any member of a party withdraws its ticket",
      input: Nothing,
      aliases: { names: ["leave_queue"] },
      result: Nothing,
    }),
    match_accept: command({
      summary: "Accept a match in its ready check",
      input: Type.Object({ match_id: Id }),
      result: Type.Object({ match_id: Id, accepted: Count, players: Count }),
    }),
    match_decline: command({
      summary: "Decline a match in its ready check; the user may not queue for a cool-down",
      input: Type.Object({ match_id: Id }),
      result: Type.Object({ match_id: Id, retry_after_ms: Type.Integer({ minimum: 0 }) }),
    }),
    match_backfill: command({
      summary: "Ask for players for the free seats of a running match; for the room's owner or a service",
      input: Type.Object({ match_id: Id }),
      result: Type.Object({ match_id: Id, seats: Count }),
    }),
    skill_set: command({
      summary: "Set a user's skill in a mode; it replaces the rating from results",
      input: Type.Object({ user_id: Id, game_mode: Name, skill: Skill }),
      result: Type.Object({ user_id: Id, game_mode: Name, skill: Skill }),
      roles: OPERATORS,
    }),
    party_create: command({
      summary: "Create a party; the user leads it",
      input: Nothing,
      result: PartyResult,
    }),
    party_invite: command({
      summary: "Invite a user to the own party",
      input: Type.Object({ user_id: Id }),
      result: Type.Object({ party_id: Id, user_id: Id, expires_at: Type.String() }),
    }),
    party_join: command({
      summary: "Join a party by an invitation",
      input: Type.Object({ party_id: Id }),
      result: PartyResult,
    }),
    party_leave: command({ summary: "Leave the own party", input: Nothing, result: Nothing }),
    party_kick: command({
      summary: "Remove a member from the party; for its leader",
      input: Type.Object({ user_id: Id }),
      result: PartyResult,
    }),
    party_promote: command({
      summary: "Make another member the leader; for the leader",
      input: Type.Object({ user_id: Id }),
      result: PartyResult,
    }),
  },
  events: {
    queue_joined: event({
      summary:
        "A ticket waits. `resumed` after a reconnect. `ticket_id: null` greets a plain WebSocket client",
      delivery: "ordinary",
      payload: Type.Object({
        ticket_id: Type.Union([Id, Type.Null()]),
        game_mode: Type.Optional(Name),
        position: Type.Optional(Position),
        queue_size: Count,
        waited_s: Type.Optional(SecondsFrom0),
        party_id: Type.Optional(Id),
        resumed: Type.Optional(Type.Literal(true)),
      }),
    }),
    ping: event({
      summary: "Answers the `ping` of a plain WebSocket client, beside `pong`",
      delivery: "ordinary",
      payload: Type.Object({ pong: Type.Literal(true) }),
    }),
    queue_left: event({
      summary: "The ticket waits no longer",
      delivery: "ordinary",
      payload: Type.Object({
        ticket_id: Id,
        game_mode: Name,
        reason: Type.Union([
          Type.Literal("left"),
          Type.Literal("disconnected"),
          Type.Literal("matched"),
          Type.Literal("expired"),
        ]),
      }),
    }),
    queue_status: event({
      summary: "Position of a waiting ticket and what it waits for, when they change, at most once a second",
      delivery: "ordinary",
      payload: Type.Object({
        ticket_id: Id,
        game_mode: Name,
        position: Position,
        queue_size: Count,
        waited_s: SecondsFrom0,
        estimated_wait_s: SecondsFrom0,
        waiting_for: WaitingFor,
      }),
    }),
    match_found: event({
      summary: "A match was created; with `accept_by` it waits for `match_accept`",
      delivery: "reliable",
      payload: Type.Object({
        match_id: Id,
        game_mode: Name,
        players: Type.Array(Id),
        teams: Type.Array(Type.Array(Id)),
        accept_by: Type.Optional(Type.String()),
      }),
    }),
    match_cancelled: event({
      summary:
        "A ready check failed, or (`failed`) the game could not begin; `requeued` says whether the own ticket waits again",
      delivery: "reliable",
      payload: Type.Object({
        match_id: Id,
        game_mode: Name,
        reason: Type.Union([Type.Literal("declined"), Type.Literal("timeout"), Type.Literal("failed")]),
        requeued: Type.Boolean(),
        retry_after_ms: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    }),
    game_started: event({
      summary: "The match's game runs in `/game` under this room",
      delivery: "reliable",
      payload: Type.Object({ match_id: Id, room_id: Id }),
    }),
    game_ended: event({
      summary: "The match's game is over",
      delivery: "ordinary",
      payload: Type.Object({
        match_id: Id,
        result: Type.Unknown(),
        /** The members of each team, by its number. */
        teams: Type.Optional(Type.Array(Type.Array(Type.String()))),
      }),
    }),
    party_updated: event({
      summary: "The user's party as it is now; null once the user is in none",
      delivery: "ordinary",
      payload: Type.Object({ party: Type.Union([Party, Type.Null()]) }),
    }),
    party_invited: event({
      summary: "An invitation to a party; `party_join` accepts it until `expires_at`",
      delivery: "reliable",
      payload: Type.Object({ party_id: Id, from: Id, expires_at: Type.String() }),
    }),
  },
});
