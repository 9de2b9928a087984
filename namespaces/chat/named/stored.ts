/** What named channels keep, where, and what a client may call one. */
import type { Role } from "../../../core/contract/contract.ts";
import type { UserId } from "../../../core/ids.ts";
import { deadlineKind } from "../../../core/ports/store/deadlines.ts";
import type { Change } from "../../../core/ports/store/documents.ts";
import { documentKey, indexKey, partitions } from "../../../core/ports/store/keys.ts";
import { type Channel, encodeId, RESERVED_NAMES } from "../model/channels.ts";

export type Admission = "open" | "invite" | "role";

export interface NamedChannel {
  /** Unlike that of any channel which had this name before. */
  readonly instance: string;
  readonly access: Admission;
  /** Of `role`: any of these. */
  readonly roles: readonly Role[];
  readonly description: string;
  readonly by: UserId;
  readonly at: number;
}

/** A user's standing in a named channel; of another instance it counts for nothing. */
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
  belonging: (name: string, user: UserId) =>
    documentKey<NamedMembership>(partitionOf(name), `belonging:${encodeId(user)}`),
  members: (name: string, instance: string) => indexKey<null>(partitionOf(name), `members:${instance}`),
  /** Who is invited and has not come yet, by since when. */
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
  /** Outbox: of a channel that was deleted nothing is kept about who was in it. */
  emptied: deadlineKind<{ readonly name: string; readonly channel: NamedChannel }>("chat:emptied"),
  /** Outbox: an invitation to deliver. */
  invited: deadlineKind<Invitation>("chat:invited"),
};

export function channelOfName(name: string, found: NamedChannel, guards?: Change["unchanged"]): Channel {
  return {
    kind: "named",
    name,
    id: idOf(name),
    instance: found.instance,
    ...(found.access === "role" ? { roles: found.roles } : {}),
    ...(guards === undefined ? {} : { guards }),
  };
}
