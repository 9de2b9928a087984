/** Sends one group of a room's connections the states of its game: whole views, or patches where a connection asked for them. */
import jsonPatch, { type Operation } from "fast-json-patch";
import { holdsBytes } from "../../../core/bytes.ts";
import type { PayloadOf } from "../../../core/contract/contract.ts";
import type { Session } from "../../../core/contract/session.ts";
import type { Game } from "../../../core/games/game.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Play, RoomEntry } from "../rooms/stored.ts";
import type { GameContract } from "../schema.ts";
import { sameForAll, stateFor, statePayload } from "./view.ts";

// JSON Patches (RFC 6902) between two views of a game, where they are shorter than the view.

/** Names that appliers of patches refuse, because they lead out of the document. */
const REFUSED = /\/(?:__proto__|constructor|prototype)(?:\/|$)/;
/** For a patch of more steps than this the whole view is sent. */
const MAX_STEPS = 200;

/** The patch that makes `after` of `before`; undefined where the whole of `after` is to be sent instead. */
export function patchBetween(before: unknown, after: unknown): Operation[] | undefined {
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) return undefined;
  // A patch is of JSON, which has no bytes.
  if (holdsBytes(before) || holdsBytes(after)) return undefined;
  const patch = jsonPatch.compare(before, after);
  if (patch.length > MAX_STEPS || patch.some(({ path }) => REFUSED.test(path))) return undefined;
  return JSON.stringify(patch).length < JSON.stringify(after).length ? patch : undefined;
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;

export type GameSession = Session<GameContract>;
type Played = Extract<RoomEntry, { kind: "played" }>;
type StatePayload = PayloadOf<GameContract, "game_state">;

export type StateSender = ReturnType<typeof createStateSender>;

/** @param wantsPatches whether a connection asked for patches in this room */
export function createStateSender(roomId: string, wantsPatches: (session: GameSession) => boolean) {
  /** The state that connections with a base have; undefined where none asked for patches. */
  let last: Play | undefined;
  /** Connections that were sent the view of `last`, whole or as a chain of patches. */
  let based = new WeakSet<GameSession>();

  /** The payload of each viewer, made once per view. */
  function payloadsOf(game: Game, entry: Played) {
    const alike = sameForAll(game, entry.events);
    const before =
      last?.round === entry.play.round && last.version + 1 === entry.play.version ? last : undefined;
    const made = new Map<UserId | null, { whole: StatePayload; patched: StatePayload | undefined }>();
    return (user: UserId) => {
      const viewer = !alike && entry.play.players.includes(user) ? user : null;
      let payloads = made.get(viewer);
      if (payloads === undefined) {
        const whole = statePayload(roomId, game, entry, user);
        const patched = before && patchedPayload(whole, stateFor(game, before, user), before.version);
        payloads = { whole, patched };
        made.set(viewer, payloads);
      }
      return payloads;
    };
  }

  return {
    played(game: Game, entry: Played, sessions: Iterable<GameSession>): void {
      const payloads = payloadsOf(game, entry);
      let patching = false;
      for (const session of sessions) {
        const { whole, patched } = payloads(session.userId);
        const wants = wantsPatches(session);
        session.emit("game_state", wants && based.has(session) ? (patched ?? whole) : whole);
        if (!wants) continue;
        patching = true;
        based.add(session);
      }
      last = patching ? entry.play : undefined;
    },

    /** Earlier states are no base any more: the next ones are sent whole. */
    forget(): void {
      last = undefined;
      based = new WeakSet();
    },
  };
}

function patchedPayload(whole: StatePayload, before: unknown, from: number): StatePayload | undefined {
  const patch = patchBetween(before, whole.state);
  if (patch === undefined) return undefined;
  const { state, ...rest } = whole;
  return { ...rest, from, to: whole.version, patch };
}
