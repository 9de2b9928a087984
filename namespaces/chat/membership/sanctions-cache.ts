/** Sanctions and slow mode of a user: where they are stored, and how a worker reads and remembers them. */

import type { UserId } from "../../../core/ids.ts";
import {
  type DocumentKey,
  documentKey,
  type IndexKey,
  indexKey,
  partitions,
} from "../../../core/ports/store/keys.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { type Channel, encodeId, everywhere, nameOf, type Scope } from "../model/channels.ts";
import type { Sanctions } from "../model/rules.ts";
import type { Member } from "./local-members.ts";

/** A user's sanctions and slow mode in one channel, or everywhere. */
export interface ScopeSanctions {
  readonly sanctions: Sanctions;
  /** Seconds between two messages of one user; 0: no slow mode. */
  readonly slowS: number;
}

export const sanctionsOf = (scope: Scope, user: UserId): DocumentKey<Sanctions> =>
  documentKey<Sanctions>(partitions.channel(scope.id), `${nameOf("sanctions", scope)}:${encodeId(user)}`);

/** The users with sanctions in a named channel, so that the sanctions are deleted with it. */
export const sanctionedIn = (scope: Scope): IndexKey<null> =>
  indexKey<null>(partitions.channel(scope.id), nameOf("sanctioned", scope));

export const slowOf = (scope: Scope): DocumentKey<{ readonly seconds: number }> =>
  documentKey<{ readonly seconds: number }>(partitions.channel(scope.id), nameOf("slow", scope));

/**
 * How long a decision about a party or the channel of a room is kept: 30 days, because chat does not learn when these end.
 * Undefined: until it is lifted, or the channel is deleted.
 */
export const keptFor = (channel: Channel | undefined): number | undefined =>
  channel?.kind === "party" || channel?.kind === "room" ? 30 * 24 * 3_600_000 : undefined;

/** Reads a user's sanctions in a scope. @param remember whether a session of the user follows the scope here */
export type ReadSanctions = (member: Member, scope: Scope, remember: boolean) => Promise<ScopeSanctions>;

export function createSanctionsCache({ documents }: Pick<Store, "documents">): ReadSanctions {
  return async (member, scope, remember) => {
    const { sanctionChanges } = member;
    const [sanctions, slow] = await Promise.all([
      documents.load(sanctionsOf(scope, member.userId)),
      scope === everywhere ? undefined : documents.load(slowOf(scope)),
    ]);
    const found = { sanctions: sanctions?.state ?? {}, slowS: slow?.state.seconds ?? 0 };
    // A change that arrived during the read may be newer than the read's result.
    if (remember && member.sanctionChanges === sanctionChanges) member.sanctions.set(scope.id, found);
    return found;
  };
}
