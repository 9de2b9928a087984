/** Named channels in the store: documents, indexes and deadlines, and the names that a client may give one. */
import type { Role } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import { deadlineKind } from "../../../core/ports/store/deadlines.ts";
import type { Change, Documents, Versioned } from "../../../core/ports/store/documents.ts";
import { documentKey, indexKey, partitions } from "../../../core/ports/store/keys.ts";
import { type Channel, encodeId, logOf, RESERVED_NAMES } from "../model/channels.ts";

export type Admission = "open" | "invite" | "role";

export interface NamedChannel {
  /** Unique: no earlier channel of this name had it. */
  readonly instance: string;
  readonly access: Admission;
  /** Of `role`: any of these. */
  readonly roles: readonly Role[];
  readonly description: string;
  readonly by: UserId;
  readonly at: number;
}

/** A user's membership in a named channel. It does not count in another instance. */
export interface NamedMembership {
  readonly instance: string;
  readonly state: "invited" | "member";
}

export interface Listed {
  readonly access: Admission;
  readonly roles: readonly Role[];
  readonly description: string;
  readonly instance: string;
}

export interface Invitation {
  readonly name: string;
  readonly instance: string;
  readonly to: UserId;
  readonly from: UserId;
  readonly serial: string;
}

const NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
export const isName = (name: string): boolean => NAME.test(name) && !RESERVED_NAMES.includes(name);

const idOf = (name: string) => `named:${name}`;
export const partitionOf = (name: string) => partitions.channel(idOf(name));
const DIRECTORY = partitions.channel("*named");

export const keys = {
  channel: (name: string) => documentKey<NamedChannel>(partitionOf(name), "named"),
  membership: (name: string, user: UserId) =>
    documentKey<NamedMembership>(partitionOf(name), `belonging:${encodeId(user)}`),
  members: (name: string, instance: string) => indexKey<null>(partitionOf(name), `members:${instance}`),
  /** Users who are invited and have not joined yet, by the time of the invitation. */
  invited: (name: string, instance: string) => indexKey<null>(partitionOf(name), `invited:${instance}`),
  directory: () => indexKey<Listed>(DIRECTORY, "channels"),
  /** The channels that a user joined; an entry may be late, the channel is the truth. */
  joined: (user: UserId) => documentKey<readonly string[]>(partitions.user(user), "chat:joined"),
};

export const deadlines = {
  /** Outbox: the directory must show the channel as it is. */
  listed: deadlineKind<{ readonly name: string }>("chat:listed"),
  /** Outbox: the user's own list must name the channel as long as they are in it. */
  joined: deadlineKind<{ readonly name: string; readonly user: UserId }>("chat:joined"),
  /** Outbox: memberships of a deleted channel are removed. */
  emptied: deadlineKind<{ readonly name: string; readonly channel: NamedChannel }>("chat:emptied"),
  /** Outbox: an invitation to deliver. */
  invited: deadlineKind<Invitation>("chat:invited"),
};

export function channelOfName(name: string, found: NamedChannel, guards?: Change["unchanged"]): Channel {
  const named = { id: idOf(name), instance: found.instance };
  return {
    kind: "named",
    name,
    ...named,
    log: logOf(named),
    ...(found.access === "role" ? { roles: found.roles } : {}),
    ...(guards === undefined ? {} : { guards }),
  };
}

/** @throws GameError `forbidden` if there is none: the same as for a channel that is not the user's */
export async function namedChannel(
  documents: Pick<Documents, "load">,
  name: string,
): Promise<Versioned<NamedChannel>> {
  const found = isName(name) ? await documents.load(keys.channel(name)) : undefined;
  if (!found) throw new GameError("forbidden");
  return found;
}
