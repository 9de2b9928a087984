/** The contract of `/combat`. Every event names its fight by `combat_session_id`: a user can be in several. */
import { type TObject, Type } from "typebox";
import { command, defineContract, event, type InputOf, type ResultOf } from "../../core/contract/contract.ts";

// Types for clients.

export type CombatState = ResultOf<CombatContract, "combat_state">["state"];
export type CombatResult = ResultOf<CombatContract, "combat_action">["result"];
export type CombatLogEntry = NonNullable<ResultOf<CombatContract, "combat_state">["log"]>[number];
export type CombatCreate = InputOf<CombatContract, "combat_create">;

const combatId = Type.String({ minLength: 1, maxLength: 64 });
const userId = Type.String({ minLength: 1, maxLength: 128 });
/** An id that the client gives a command: the same id again within five minutes acts once and gets the first result. */
const requestId = Type.String({ minLength: 1, maxLength: 128 });
const team = Type.Union([
  Type.Integer({ minimum: 0, maximum: 1_000 }),
  Type.String({ minLength: 1, maxLength: 64 }),
]);
const kind = Type.Union([Type.Literal("player"), Type.Literal("monster")]);
const version = Type.Integer({ minimum: 1 });
const seq = Type.Integer({ minimum: 1 });
/** ISO 8601, UTC. */
const time = Type.String();
const wholeVersion = Type.Optional(Type.Integer({ minimum: 0 }));

const participant = Type.Object({
  id: userId,
  kind,
  team,
  /** `disconnected`: a player that has joined and has no connection now. Monsters are `joined`. */
  status: Type.Union([
    Type.Literal("invited"),
    Type.Literal("joined"),
    Type.Literal("disconnected"),
    Type.Literal("left"),
  ]),
  /** Time-outs in a row. */
  timeouts: Type.Integer(),
  /** What is left of the player's own time beyond the turns', in milliseconds. */
  bank_ms: Type.Integer(),
});

const result = Type.Object({
  seq,
  actor: Type.String(),
  action: Type.String(),
  target: Type.Union([Type.String(), Type.Null()]),
  /** What happened, as the ruleset describes it. */
  effects: Type.Array(Type.Object({ kind: Type.String() }, { additionalProperties: true })),
  state_version: version,
});

const state = Type.Object({
  combat_session_id: combatId,
  ruleset: Type.String(),
  phase: Type.Union([Type.Literal("waiting"), Type.Literal("running"), Type.Literal("ended")]),
  /** 0 before the fight has started. */
  turn: Type.Integer(),
  actor: Type.Union([Type.String(), Type.Null()]),
  /** When the turn ends; before the start, when the time to join ends. */
  deadline: Type.Union([time, Type.Null()]),
  participants: Type.Array(participant),
  /** The fight as the ruleset shows it to this viewer. */
  view: Type.Unknown(),
  /** Moves that the viewer could make now. */
  legal: Type.Array(
    Type.Object({
      action: Type.String(),
      target: Type.Optional(Type.String()),
      args: Type.Unknown(),
    }),
  ),
  /** After the end: the winning team (null: none), and the ruleset's result. */
  winner: Type.Optional(Type.Unknown()),
  result: Type.Optional(Type.Unknown()),
});

const stateAnswer = Type.Object({ state, version });
const logged = Type.Object({
  ...result.properties,
  turn: Type.Integer(),
  cause: Type.Union([
    Type.Literal("player"),
    Type.Literal("monster"),
    Type.Literal("timeout"),
    Type.Literal("forfeit"),
  ]),
  /** After the end, because a ruleset may keep secrets until then: the arguments, and the draws in order. */
  args: Type.Optional(Type.Unknown()),
  draws: Type.Optional(Type.Array(Type.Integer())),
});

const of = <P extends TObject>(payload: P) =>
  Type.Object({ combat_session_id: combatId, ...payload.properties } as {
    combat_session_id: typeof combatId;
  } & P["properties"]);

export const combatContract = defineContract({
  namespace: "/combat",
  access: "token",
  commands: {
    combat_create: command({
      summary:
        "Creates a fight and invites its other players. The creator is one of the players, and joins as the others do.",
      input: Type.Object({
        participants: Type.Array(Type.Object({ id: userId, kind, team }), { minItems: 1, maxItems: 64 }),
        ruleset: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
        turn_seconds: Type.Optional(Type.Number({ minimum: 1, maximum: 3_600 })),
        /** Each player's own time, used when a turn's time is over. Default: none. */
        bank_seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 3_600 })),
        request_id: Type.Optional(requestId),
      }),
      result: Type.Object({ combat_session_id: combatId, state, version }),
    }),
    combat_join: command({
      summary:
        "Joins a fight as a player. With `spectate`, this connection watches. The fight starts when all players have joined or the time to join is over.",
      input: Type.Object({ combat_session_id: combatId, spectate: Type.Optional(Type.Boolean()) }),
      aliases: { names: ["join_combat"] },
      result: stateAnswer,
    }),
    combat_action: command({
      summary: "Makes a move in the player's own turn. `args` are those of the ruleset's action.",
      input: Type.Object({
        combat_session_id: combatId,
        action: Type.String({ minLength: 1, maxLength: 64 }),
        target: Type.Optional(Type.Union([Type.String({ maxLength: 128 }), Type.Null()])),
        args: Type.Optional(Type.Unknown()),
        version: wholeVersion,
        action_id: Type.Optional(requestId),
      }),
      result: Type.Object({ version, result }),
    }),
    combat_state: command({
      order: "read",
      summary: "The fight as it is now. With `log`, also its log, after the entry `after` if that is given.",
      input: Type.Object({
        combat_session_id: combatId,
        log: Type.Optional(Type.Boolean()),
        after: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
      result: Type.Object({
        state,
        version,
        log: Type.Optional(Type.Array(logged)),
        has_more: Type.Optional(
          Type.Literal(true, { description: "the log goes on: ask for what comes `after` its last `seq`" }),
        ),
      }),
    }),
    combat_flee: command({
      summary: "In the player's own turn: the ruleset's `flee`. Before the start: declines.",
      input: Type.Object({
        combat_session_id: combatId,
        version: wholeVersion,
        action_id: Type.Optional(requestId),
      }),
      result: Type.Object({ version, result }),
    }),
  },
  events: {
    combat_invite: event({
      summary: "A user has created a fight with you as a player.",
      delivery: "reliable",
      payload: of(
        Type.Object({
          from: Type.String(),
          ruleset: Type.String(),
          participants: Type.Array(Type.Object({ id: Type.String(), kind, team })),
          turn_seconds: Type.Number(),
          /** When the fight starts without those who have not joined. */
          join_by: time,
        }),
      ),
    }),
    combat_participant: event({
      summary: "A player of the fight has joined, left, disconnected or reconnected. Sent to the others.",
      delivery: "ordinary",
      payload: of(
        Type.Object({
          user_id: Type.String(),
          status: Type.Union([
            Type.Literal("joined"),
            Type.Literal("left"),
            Type.Literal("disconnected"),
            Type.Literal("reconnected"),
          ]),
        }),
      ),
    }),
    combat_started: event({
      summary: "The fight has started; the first turn follows.",
      delivery: "ordinary",
      payload: of(stateAnswer),
    }),
    combat_turn: event({
      summary: "It is this player's turn, until the deadline.",
      delivery: "ordinary",
      payload: of(Type.Object({ turn: Type.Integer(), actor: Type.String(), deadline: time, version })),
    }),
    combat_result: event({
      summary: "The effects of a move.",
      delivery: "ordinary",
      payload: of(result),
    }),
    combat_timeout: event({
      summary: "The deadline passed; the result of the ruleset's default action follows.",
      delivery: "ordinary",
      payload: of(Type.Object({ actor: Type.String(), turn: Type.Integer() })),
    }),
    combat_ended: event({
      summary: "The fight is over.",
      delivery: "ordinary",
      payload: of(
        Type.Object({
          winner: Type.Union([team, Type.Null()]),
          result: Type.Record(Type.String(), Type.Unknown()),
          version,
        }),
      ),
    }),
    combat_resumed: event({
      summary:
        "This connection follows a running fight that the user has joined: after connecting, or by another of the user's connections.",
      delivery: "ordinary",
      payload: of(stateAnswer),
    }),
  },
});

export type CombatContract = typeof combatContract;
