/** relay: no rules. The room's owner sends the state; the server gives it a version and passes it on. */
import { Type } from "typebox";
import { GameError } from "../core/contract/errors.ts";
import { action, defineGame } from "../core/games/game.ts";

export const relay = defineGame<unknown>({
  name: "relay",
  players: { min: 1, max: 64 },
  // Every state is an argument: its log would be a second copy of all of them.
  logged: false,
  setup: () => null,
  actions: {
    /** Replaces the state. */
    set: action(Type.Object({ state: Type.Unknown() }), (_state: unknown, by, args, { owner }) => {
      if (by !== owner)
        throw new GameError("forbidden", { message: "only the room's owner sends the state" });
      return { state: args.state };
    }),
  },
  onJoin: (state) => ({ state }),
});
