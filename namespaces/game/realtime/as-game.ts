/** A real-time game in the form of other games: rooms, seats and matchmaking treat both alike, and only steps differ. */
import { type TSchema, Type } from "typebox";
import { GameError } from "../../../core/contract/errors.ts";
import type { Game } from "../../../core/games/game.ts";
import {
  checkKnown,
  type Labels,
  labelsParser,
  type ParseLabels,
  wrongLabels,
} from "../../../core/games/labels.ts";
import { optionsOf } from "../../../core/realtime/check.ts";
import type { RealtimeFields } from "../../../core/realtime/fields.ts";
import type { RealtimeGame } from "../../../core/realtime/game.ts";

/** What the room keeps of a real-time game: who joined it late. Its state is in the journal. */
interface RoomState {
  readonly joined: number;
}

/** Of an option by its initial value's type; `optionsOf` checks exactly. */
const SCHEMAS: Readonly<Record<string, TSchema>> = {
  number: Type.Number(),
  boolean: Type.Boolean(),
  string: Type.String(),
};

export function asGame(realtime: RealtimeGame): Game {
  const { name, players, options, labels, join, drop, spectatorDelayMs } = realtime;
  return {
    name,
    players,
    spectatorDelayMs,
    actions: {},
    takesBack: drop !== "remove" || join !== undefined,
    setup: (): RoomState => ({ joined: 0 }),
    view: () => null,
    options: Type.Object(
      Object.fromEntries(
        Object.entries(options).map(([field, of]) => [
          field,
          Type.Optional(SCHEMAS[typeof of.initial] ?? Type.Unknown()),
        ]),
      ),
    ),
    labelsOf: labels === undefined ? labelsParser(undefined, name) : labelsIn(labels, name),
    optionsOf(given) {
      const read = optionsOf(options, given);
      if (typeof read === "string")
        throw new GameError("invalid_payload", { message: `these are no options of ${name}: ${read}` });
      return read;
    },
    act() {
      throw new GameError("not_found", { message: `${name} is a real-time game: it takes game:input` });
    },
    ...(join !== undefined && {
      onJoin: (state: unknown) => ({ state: { joined: (state as RoomState).joined + 1 } }),
    }),
  };
}

/** Labels take what options take, but none that the game does not have. */
function labelsIn(fields: RealtimeFields, game: string): ParseLabels {
  return (given) => {
    checkKnown(Object.keys(given), Object.keys(fields), game);
    const read = optionsOf(fields, given);
    if (typeof read === "string") throw wrongLabels(`${read.replace("option", "label")} (${game})`);
    return read as Labels;
  };
}
