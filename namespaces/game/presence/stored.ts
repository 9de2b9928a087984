/** What `/game` keeps of who is here. */
import type { UserId } from "../../../core/ids.ts";
import {
  documentKey,
  indexKey,
  partitions,
  presenceScope,
  streamKey,
} from "../../../core/ports/store/keys.ts";
import type { PresenceRecord } from "../../../core/ports/store/presence.ts";
import type { UserStatus, UserView } from "../schema.ts";

/** What a user chose to show; absent: online, without a text. */
export interface Chosen {
  /** Invisible users are in no list, and nobody is told of them. */
  readonly status: UserStatus | "invisible";
  readonly text: string | null;
}

export const UNCHOSEN: Chosen = { status: "online", text: null };

/** What the others were told of a user last. */
export interface Published {
  /** Null: of none, or that they left. */
  readonly user: UserView | null;
  /** As its members were told. */
  readonly guild: string | null;
  /** Is in the list of the invisible. */
  readonly invisible: boolean;
}

/** What presence keeps of a user. */
export interface Profile {
  readonly name: string;
  readonly picture?: string;
  readonly status: UserStatus;
  readonly text: string | null;
  readonly guild: string | null;
}

/** Who somebody is, by their token and what the application knows of them. */
interface Face {
  readonly name: string;
  readonly picture?: string | undefined;
  readonly guildId?: string | null | undefined;
}

/** Who somebody is as presence has it. Of a user who came by something that keeps no profile, the id is the name. */
export const faceOf = ({ profile, subject }: PresenceRecord<Profile | undefined>): Face => ({
  name: profile?.name ?? subject,
  picture: profile?.picture,
  guildId: profile?.guild,
});

/** The profile of a user who chose to show this. Nobody is shown as invisible. */
export const profileFor = (
  { name, picture, guildId }: Face,
  { status, text }: Chosen = UNCHOSEN,
): Profile => ({
  name,
  ...(picture !== undefined && { picture }),
  status: status === "invisible" ? "online" : status,
  text,
  guild: guildId ?? null,
});

interface PresenceEntryBase {
  readonly guild: string | null;
  /** The guild that its members were told of before, where the user has left it. */
  readonly formerGuild?: string | null;
  /** Whom the user blocks: they are not told. */
  readonly hiddenFrom?: readonly UserId[];
}

/** A change in the list of users. */
export type PresenceEntry =
  | (PresenceEntryBase & { readonly kind: "joined" | "updated"; readonly user: UserView })
  | (PresenceEntryBase & { readonly kind: "left"; readonly userId: UserId });

export const PARTITION = partitions.presence(presenceScope("/game"));

export const presenceKeys = {
  own: (user: UserId) => documentKey<Chosen>(partitions.user(user), "game:presence"),
  published: (user: UserId) => documentKey<Published>(PARTITION, `told:${user}`),
  entries: () => streamKey<PresenceEntry>(PARTITION, "entries"),
  invisible: () => indexKey<null>(PARTITION, "invisible"),
  guild: (guild: string) => indexKey<null>(PARTITION, `guild:${guild}`),
};

export const userOf = (entry: PresenceEntry): UserId =>
  entry.kind === "left" ? entry.userId : (entry.user.user_id as UserId);
