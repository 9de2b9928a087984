/**
 * Publishes a user's presence to the others. Three inputs decide: the status that the user chose (a document of theirs), the presence
 * record, and what was published last. The last is kept with the stream, the lists by guild and the list of invisible users, so that one
 * commit writes them all. A caller that changes one of the first two calls `reveal`, which compares; a choice brings an outbox entry too.
 */

import { reconcile } from "../../../core/consistency/reconcile.ts";
import { update } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { BlockList } from "../../../core/ports/blocks.ts";
import type { Services } from "../../../core/ports/services.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import {
  append,
  type IndexWrite,
  indexPut,
  indexRemove,
  put,
  remove,
  type Versioned,
} from "../../../core/ports/store/documents.ts";
import type { PresenceRecord, PresenceScope } from "../../../core/ports/store/presence.ts";
import { deadlines } from "../rooms/stored.ts";
import { MAX_INVISIBLE, userView } from "./directory.ts";
import {
  type Chosen,
  faceOf,
  PARTITION,
  type PresenceEntry,
  type Profile,
  type Published,
  presenceKeys,
  profileFor,
  UNCHOSEN,
} from "./stored.ts";

/** Changes of the list that a worker which missed some can still read. */
const KEPT_ENTRIES = 2_000;

const UNPUBLISHED: Published = { user: null, guild: null, invisible: false };

interface PresenceState {
  readonly record: PresenceRecord<Profile | undefined> | undefined;
  readonly chosen: Versioned<Chosen> | undefined;
  readonly published: Versioned<Published> | undefined;
}

export function createPresencePublisher(
  { store, settings }: Pick<Services, "store" | "settings">,
  scope: PresenceScope,
  blocks: BlockList | undefined,
) {
  const { documents, presence } = store;

  const recordOf = async (user: UserId) => (await presence.get<Profile>(scope, [user]))[0];
  const chosenBy = async (user: UserId) => (await documents.load(presenceKeys.own(user)))?.state ?? UNCHOSEN;

  /** Of several users, read together. */
  async function look(users: readonly UserId[]): Promise<PresenceState[]> {
    const [records, chosen, published] = await Promise.all([
      presence.get<Profile | undefined>(scope, users),
      documents.loadMany(users.map(presenceKeys.own)),
      documents.loadMany(users.map(presenceKeys.published)),
    ]);
    return users.map((_, at) => ({ record: records[at], chosen: chosen[at], published: published[at] }));
  }
  const lookAt = async (user: UserId): Promise<PresenceState> =>
    (await look([user]))[0] ?? { record: undefined, chosen: undefined, published: undefined };

  /** @returns whether there was anything to write */
  async function mend(user: UserId, { record, chosen, published }: PresenceState): Promise<boolean> {
    const profile = record && missingIn(record, chosen?.state);
    if (profile) await presence.update<Profile>(scope, user, profile);
    const before = published?.state ?? UNPUBLISHED;
    const next = record ? toPublish(record, chosen?.state, before) : UNPUBLISHED;
    if (same(before, next)) return profile !== undefined;
    const key = presenceKeys.published(user);
    const version = published?.version ?? 0;
    const entry = await hiddenFrom(user, entryOf(user, before, next));
    const keep = { maxLength: KEPT_ENTRIES, ttlMs: settings.retention.ttlMs };
    await documents.commit({
      partition: PARTITION,
      documents: [same(next, UNPUBLISHED) ? remove(key, version) : put(key, version, next)],
      index: indexOf(user, before, next),
      ...(entry && { append: [append(presenceKeys.entries(), entry, keep)] }),
    });
    return true;
  }

  /** Users that the user blocks get nothing of them. */
  async function hiddenFrom(user: UserId, entry: PresenceEntry | undefined) {
    const [blocked] = (entry && (await blocks?.of([user]))) ?? [];
    return entry && blocked?.size ? { ...entry, hiddenFrom: [...blocked] } : entry;
  }

  /** Publishes the present state of a user, where it differs from what was published. Again: does nothing. */
  async function reveal(user: UserId): Promise<void> {
    await reconcile({
      look: () => lookAt(user),
      nameOf: ({ record, chosen, published }) =>
        JSON.stringify([record, chosen?.version, published?.version]),
      mend: (seen) => mend(user, seen),
    });
  }

  return {
    recordOf,
    chosenBy,
    reveal,

    /** Those of some connected users whose published state is not the present one. */
    async unlike(users: readonly UserId[]): Promise<UserId[]> {
      const seen = await look(users);
      return users.filter((_, at) => {
        const { record, chosen, published } = seen[at] ?? {};
        // Not counted yet: connection presence mends that.
        if (!record) return false;
        const before = published?.state ?? UNPUBLISHED;
        const next = toPublish(record, chosen?.state, before);
        return !same(before, next) || missingIn(record, chosen?.state) !== undefined;
      });
    },

    /** @throws GameError `unavailable` where too many are invisible already */
    async choose(user: UserId, choice: Chosen): Promise<void> {
      const isUnchosen = choice.status === UNCHOSEN.status && choice.text === UNCHOSEN.text;
      if (choice.status === "invisible" && (await chosenBy(user)).status !== "invisible") {
        const size = await store.indexes.size(presenceKeys.invisible());
        if (size >= MAX_INVISIBLE) throw new GameError("unavailable", { message: "too many are invisible" });
      }
      await update<Chosen, void>(documents, presenceKeys.own(user), (current) => {
        if (!current && isUnchosen) return { state: undefined, result: undefined };
        const published = schedule(deadlines.chosen, "chosen", store.now(), { userId: user });
        return { state: isUnchosen ? null : choice, result: undefined, with: { deadlines: [published] } };
      });
      await reveal(user);
    },

    /** The grace period after the user's last connection is over: that is published, and the chosen status is forgotten. */
    async gone(user: UserId): Promise<void> {
      await presence.leave(scope, user);
      await reveal(user);
      const key = presenceKeys.own(user);
      const chosen = await documents.load(key);
      if (!chosen || (await recordOf(user)) !== undefined) return;
      const done = await documents.commit({
        partition: key.partition,
        documents: [remove(key, chosen.version)],
      });
      if (done.outcome !== "committed" || (await recordOf(user)) === undefined) return;
      // Back in that moment, with the chosen status: an invisible user must not appear.
      await documents.commit({ partition: key.partition, documents: [put(key, 0, chosen.state)] });
      await reveal(user);
    },
  };
}

/** The profile that presence lacks; undefined where it has it. A new connection brings a profile without the chosen status. */
function missingIn(
  record: PresenceRecord<Profile | undefined>,
  chosen: Chosen | undefined,
): Profile | undefined {
  const profile = profileFor(faceOf(record), chosen);
  const { status = UNCHOSEN.status, text = UNCHOSEN.text } = record.profile ?? {};
  return status === profile.status && text === profile.text ? undefined : profile;
}

/** What is to be published of a user that is here, or was a moment ago. */
function toPublish(
  record: PresenceRecord<Profile | undefined>,
  chosen: Chosen | undefined,
  before: Published,
): Published {
  if (chosen?.status === "invisible") return { ...UNPUBLISHED, invisible: true };
  // A user in the grace period stays listed, and does not come into the list.
  if (before.user === null && record.connections === 0) return UNPUBLISHED;
  const profile = profileFor(faceOf(record), chosen);
  return { user: userView({ ...record, profile }), guild: profile.guild, invisible: false };
}

const same = (one: Published, other: Published): boolean => JSON.stringify(one) === JSON.stringify(other);

function entryOf(userId: UserId, before: Published, next: Published): PresenceEntry | undefined {
  const { user, guild } = next;
  if (user === null) return before.user === null ? undefined : { kind: "left", userId, guild: before.guild };
  if (before.user === null) return { kind: "joined", user, guild };
  return { kind: "updated", user, guild, ...(before.guild === guild ? {} : { formerGuild: before.guild }) };
}

function indexOf(user: UserId, before: Published, next: Published): IndexWrite[] {
  const writes: IndexWrite[] = [];
  if (before.invisible !== next.invisible)
    writes.push(
      next.invisible
        ? indexPut(presenceKeys.invisible(), user, 0, null)
        : indexRemove(presenceKeys.invisible(), user),
    );
  if (before.guild === next.guild) return writes;
  if (before.guild !== null) writes.push(indexRemove(presenceKeys.guild(before.guild), user));
  if (next.guild !== null) writes.push(indexPut(presenceKeys.guild(next.guild), user, 0, null));
  return writes;
}
