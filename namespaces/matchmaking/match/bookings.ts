/** Who is about to play another game of a match is taken by no queue meanwhile. */
import { AGAIN, transact } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Bookings } from "../../../core/ports/matches.ts";
import type { Context } from "../context.ts";
import { agreedBy, arrived, checkNotPlaying, engagementsOf, type Playing } from "../queue/eligibility.ts";
import { keys, moved } from "../store.ts";

/** Longer than a command of `/game` that is under way can take. */
const BOOKED_MS = 10_000;

export function createBookings(context: Context, matches: Playing): Bookings {
  const { store, log } = context.services;

  return {
    async book(user, match) {
      let agreed: ReturnType<typeof agreedBy> = [];
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
          agreed = agreedBy(engagements, match.matchId);
          if (agreed.length > 0) return AGAIN;
          // Another device of the user may have booked the same: then it ends with the later of the two.
          const before = place?.entering?.matchId === match.matchId ? place.entering.until : 0;
          const entering = { ...match, until: Math.max(now + BOOKED_MS, before + 1) };
          return { result: entering, change: moved(places, [user], { entering }, now) };
        },
      );
      return () =>
        arrived(context, [user], booked).catch((err: unknown) =>
          log.debug({ err, user }, "a booking ends by itself"),
        );
    },
  };
}
