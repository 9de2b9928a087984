/** What holds for a user in a channel, or everywhere: sanctions, and how slow the channel is. Remembered where a change is heard of. */

import type { UserId } from "../../core/ids.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/keys.ts";
import { encodeId, logOf, type Scope } from "./channels.ts";
import type { ChatContext, ChatSession } from "./context.ts";
import type { Sanctions } from "./rules.ts";

export interface Standing {
  readonly sanctions: Sanctions;
  /** Seconds between two messages of one user; 0: no slow mode. */
  readonly slowS: number;
}

export const sanctionsOf = (scope: Scope, user: UserId): DocumentKey<Sanctions> =>
  documentKey<Sanctions>(partitions.channel(scope.id), `sanctions:${encodeId(user)}`);

export const slowOf = (scope: Scope): DocumentKey<{ readonly seconds: number }> =>
  documentKey<{ readonly seconds: number }>(partitions.channel(scope.id), "slow");

/** How a user stands in each of some scopes. */
export type StandingIn = (session: ChatSession, scopes: readonly Scope[]) => Promise<Standing[]>;

export function createStanding({ services: { live, store }, members }: ChatContext): StandingIn {
  const { documents } = store;
  return async (session, scopes) => {
    const member = members.get(session.userId);
    const followed = scopes.map((scope) => live.follows(session, logOf(scope)));
    const known = scopes.map((scope, i) => (followed[i] ? member?.standing.get(scope.id) : undefined));
    if (known.every((standing) => standing !== undefined)) return known;
    const heard = member?.heard;
    const [sanctions, slow] = await Promise.all([
      documents.loadMany(scopes.map((scope) => sanctionsOf(scope, session.userId))),
      documents.loadMany(scopes.map(slowOf)),
    ]);
    return scopes.map((scope, i) => {
      const standing = { sanctions: sanctions[i]?.state ?? {}, slowS: slow[i]?.state.seconds ?? 0 };
      // Heard of something meanwhile: this may be older than that.
      if (followed[i] && member?.heard === heard) member?.standing.set(scope.id, standing);
      return standing;
    });
  };
}
