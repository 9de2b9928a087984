/** What holds for a user in a channel, or everywhere: sanctions, and how slow the channel is. Remembered where a change is heard of. */

import type { UserId } from "../../../core/ids.ts";
import {
  type DocumentKey,
  documentKey,
  type IndexKey,
  indexKey,
  partitions,
} from "../../../core/ports/store/keys.ts";
import type { ChatContext, ChatSession } from "../context.ts";
import { type Channel, encodeId, logOf, nameOf, type Scope } from "../model/channels.ts";
import type { Sanctions } from "../model/rules.ts";

export interface SanctionsCache {
  readonly sanctions: Sanctions;
  /** Seconds between two messages of one user; 0: no slow mode. */
  readonly slowS: number;
}

export const sanctionsOf = (scope: Scope, user: UserId): DocumentKey<Sanctions> =>
  documentKey<Sanctions>(partitions.channel(scope.id), `${nameOf("sanctions", scope)}:${encodeId(user)}`);

/** Who has sanctions in a named channel, so that they go with it. */
export const sanctionedIn = (scope: Scope): IndexKey<null> =>
  indexKey<null>(partitions.channel(scope.id), nameOf("sanctioned", scope));

export const slowOf = (scope: Scope): DocumentKey<{ readonly seconds: number }> =>
  documentKey<{ readonly seconds: number }>(partitions.channel(scope.id), nameOf("slow", scope));

/**
 * What is said of a party or the channel of a room is kept for so long after it was said, as nobody tells when these are gone: 30 days.
 * Left out: until it is taken back, or the channel is deleted.
 */
export const keptFor = (channel: Channel | undefined): number | undefined =>
  channel?.kind === "party" || channel?.kind === "room" ? 30 * 24 * 3_600_000 : undefined;

/** How a user stands in each of some scopes. */
export interface Standings {
  in(session: ChatSession, scopes: readonly Scope[]): Promise<SanctionsCache[]>;
  /** Where it is remembered; else `in` asks for it. */
  known(session: ChatSession, scope: Scope): SanctionsCache | undefined;
}

export function createSanctionsCache({ services: { live, store }, members }: ChatContext): Standings {
  const { documents } = store;

  function known(session: ChatSession, scope: Scope): SanctionsCache | undefined {
    const standing = members.get(session.userId)?.standing.get(scope.id);
    return standing && live.follows(session, logOf(scope)) ? standing : undefined;
  }

  async function standingIn(session: ChatSession, scopes: readonly Scope[]): Promise<SanctionsCache[]> {
    const remembered = scopes.map((scope) => known(session, scope));
    if (remembered.every((standing) => standing !== undefined)) return remembered;
    const member = members.get(session.userId);
    const followed = scopes.map((scope) => live.follows(session, logOf(scope)));
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
  }

  return { in: standingIn, known };
}
