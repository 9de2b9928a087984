/**
 * What keeps a user from a queue: a match that they play, or are about to. Which matches run, their rooms say. From the commit that forms a
 * match to its room the users' places say it: a command that reads the places first and the rooms then misses no match, if the places
 * it writes are those that it read.
 */
import { transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { MatchId, UserId } from "../../../core/ids.ts";
import type { Engagement, Matches } from "../../../core/ports/matches.ts";
import type { Context } from "../context.ts";
import type { Modes } from "../modes.ts";
import { ENTERING_MS, type Entering, type MatchRecord, moved, PARTITION, type Places } from "../store.ts";

/** Matches that one user may play at a time, in modes that are concurrent. */
const MAX_MATCHES = 20;

/** Goes into the places of a match's players. */
export const entered = ({ matchId, mode }: Pick<MatchRecord, "matchId" | "mode">, now: number) => ({
  entering: { matchId, mode, until: now + ENTERING_MS } satisfies Entering,
});

export type Playing = Pick<Matches, "engagementsOf" | "withdrawAgreement">;

/** What users play, by their rooms. */
export type Engagements = ReadonlyMap<UserId, readonly Engagement[]>;

export async function engagementsOf(matches: Playing, users: readonly UserId[]): Promise<Engagements> {
  const found = await matches.engagementsOf(users);
  return new Map(users.map((user, at) => [user, found[at] ?? []]));
}

/**
 * Refuses where one of these users plays a match beside which this one may not run.
 * @param match that they would play: by its mode, and where it is one that is there already, its id
 * @throws GameError `conflict` with the `match_id`, and for another user than the asker their `user_id`
 */
export function checkNotPlaying(
  modes: Modes,
  match: { readonly matchId?: MatchId; readonly mode?: string | undefined },
  { asker, users }: { readonly asker: UserId; readonly users: readonly UserId[] },
  { places, engagements, now }: { places: Places; engagements: Engagements; now: number },
): void {
  const isConcurrent = (mode: string | undefined) =>
    mode !== undefined && modes.get(mode)?.concurrent === true;
  for (const user of users) {
    const entering = places.get(user)?.state.entering;
    const playing = [
      ...(entering !== undefined && entering.until > now ? [entering] : []),
      ...(engagements.get(user) ?? []).filter(({ state }) => state === "playing"),
    ].filter(({ matchId }) => matchId !== match.matchId);
    const [first] = isConcurrent(match.mode)
      ? playing.slice(MAX_MATCHES - 1)
      : playing.filter(({ mode }) => !isConcurrent(mode));
    if (first === undefined) continue;
    throw new GameError("conflict", {
      message:
        user === asker ? "you are in a match that runs" : "a member of the party is in a match that runs",
      details: { match_id: first.matchId, ...(user !== asker && { user_id: user }) },
    });
  }
}

/** The matches that these users have agreed to play again, besides one. */
export const agreedBy = (engagements: Engagements, except?: MatchId) =>
  [...engagements].flatMap(([user, all]) =>
    all
      .filter(({ state, matchId }) => state === "again" && matchId !== except)
      .map(({ matchId }) => ({ user, matchId })),
  );

/** For users whose match's room shows by now what has become of them. @param until of a single booking of the match */
export async function arrived(
  context: Context,
  users: readonly UserId[],
  { matchId, until }: { readonly matchId: MatchId; readonly until?: number },
): Promise<void> {
  const { store } = context.services;
  await transact(
    store.documents,
    { partition: PARTITION },
    () => context.places(users),
    (places) => {
      const entering = users.filter((user) => {
        const found = places.get(user)?.state.entering;
        return found?.matchId === matchId && (until === undefined || found.until === until);
      });
      if (entering.length === 0) return { result: undefined };
      return { result: undefined, change: moved(places, entering, { entering: undefined }, store.now()) };
    },
  );
}
