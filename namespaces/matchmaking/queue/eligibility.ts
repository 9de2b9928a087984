/**
 * Eligibility: a user in a running match may not queue. Rooms know which matches run. Between the commit that creates a match and
 * its room, the users' places know it. A command that reads the places before the rooms, and commits on those places, misses no match.
 */
import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { MatchId, UserId } from "../../../core/ids.ts";
import type { Bookings, Engagement, Matches } from "../../../core/ports/matches.ts";
import { type Places, setPlaces } from "../changes.ts";
import type { MatchmakingContext } from "../context.ts";
import type { Modes } from "../modes.ts";
import { keys } from "../store.ts";

/** How many matches of concurrent modes one user may play at a time. */
const MAX_MATCHES = 20;

export type EngagementSource = Pick<Matches, "engagementsOf" | "withdrawAgreement">;

/** The matches that users play, as their rooms say. */
export type Engagements = ReadonlyMap<UserId, readonly Engagement[]>;

export async function engagementsOf(
  matches: EngagementSource,
  users: readonly UserId[],
): Promise<Engagements> {
  const found = await matches.engagementsOf(users);
  return new Map(users.map((user, at) => [user, found[at] ?? []]));
}

/**
 * Refuses where one of these users plays another match that may not run beside this one.
 * @param match the match that they would play: its mode, and its id where it exists already
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

/** The rematches that these users have agreed to, besides one. */
export const rematchesAgreedBy = (engagements: Engagements, except?: MatchId) =>
  [...engagements].flatMap(([user, all]) =>
    all
      .filter(({ state, matchId }) => state === "again" && matchId !== except)
      .map(({ matchId }) => ({ user, matchId })),
  );

/** How long a booking lasts: longer than any command of `/game` takes. */
const BOOKED_MS = 10_000;

/** Bookings: a user that is about to play another game of a match may not queue meanwhile. */
export function createBookings(context: MatchmakingContext, matches: EngagementSource): Bookings {
  const { store, log } = context.services;

  return {
    async book(user, match) {
      let agreed: ReturnType<typeof rematchesAgreedBy> = [];
      const { result: booked } = await transact(
        store.documents,
        keys.place(user),
        async () => {
          for (const each of agreed) await matches.withdrawAgreement(each.matchId, each.user);
          const places = await context.places([user]);
          return { places, engagements: await engagementsOf(matches, [user]) };
        },
        ({ places, engagements }) => {
          const now = store.now();
          const place = places.get(user)?.state;
          if ([place?.ticketId, place?.matchId, place?.forwarded].some((each) => each !== undefined))
            throw new GameError("conflict", { message: "you wait in a queue: leave it first" });
          checkNotPlaying(context.modes, match, { asker: user, users: [user] }, { places, engagements, now });
          agreed = rematchesAgreedBy(engagements, match.matchId);
          if (agreed.length > 0) return AGAIN;
          // Another device of the user may have booked the same match: the later booking holds.
          const before = place?.entering?.matchId === match.matchId ? place.entering.until : 0;
          const entering = { ...match, until: Math.max(now + BOOKED_MS, before + 1) };
          return { result: entering, change: setPlaces(places, [user], { entering }, now) };
        },
      );
      return () =>
        context
          .clearEntering([user], booked)
          .catch((err: unknown) => log.debug({ err, user }, "a booking was not ended and expires"));
    },
  };
}
