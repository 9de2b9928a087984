/**
 * Quotas: the fights that a user is in, the challenges that wait for a user, and the fights of the whole cluster. A challenge
 * counts against its challenger, never against the challenged user, and ends with the time to join.
 */
import { createGlobalQuota } from "../../core/consistency/global-quota.ts";
import { update } from "../../core/consistency/transact.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type CombatId, newId, type UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { indexPutWithin } from "../../core/ports/store/documents.ts";
import { commandId, type DocumentKey, documentKey, partitions } from "../../core/ports/store/keys.ts";
import { type Fight, fightKey, playerOf, playersOf, userFights } from "./fight.ts";
import { checkListLater, removeFromList } from "./reconciliation.ts";

/** How many challenges may wait for one user's answer: from one challenger, and from all. */
const MAX_OF_ONE = 10;
const MAX_OF_ALL = 200;

/** About how many bytes the store keeps of a fight until it expires. */
const FIGHT_BYTES = 8_192;

interface Challenge {
  readonly id: CombatId;
  readonly from: UserId;
  /** When the time to join is over, in the store's time. */
  readonly until: number;
}

const challengesOf = (user: UserId): DocumentKey<readonly Challenge[]> =>
  documentKey(partitions.user(user), "combat:challenges");

export type FightQuotas = ReturnType<typeof createFightQuotas>;

/** @param tidy removes fights that are over from a user's list */
export function createFightQuotas(
  services: Services,
  maxPerUser: number,
  tidy: (user: UserId) => Promise<unknown>,
) {
  const { store, settings, log, timers, storageQuotas } = services;
  const { documents } = store;
  const quota = createGlobalQuota(
    { store, timers },
    {
      kind: "fights",
      max: settings.limits.fights,
      async exists(id) {
        const found = await documents.load(fightKey(asId<CombatId>(id)));
        return found !== undefined && found.state.phase !== "ended";
      },
    },
  );

  const list = (user: UserId, id: CombatId, once: object = {}) =>
    documents.commit({
      partition: partitions.user(user),
      index: [indexPutWithin(userFights(user), id, store.now(), null, maxPerUser)],
      deadlines: checkListLater(id, user, store.now()),
      ...once,
    });

  async function unlist(user: UserId, id: CombatId): Promise<void> {
    await documents.commit({ partition: partitions.user(user), ...removeFromList(user, [id]) });
  }

  /** @throws GameError `conflict` where the user is in too many fights that are not over */
  async function occupy(user: UserId, id: CombatId, once?: object) {
    const done = await list(user, id, once);
    if (done.outcome !== "full") return done;
    await tidy(user);
    const again = await list(user, id, once);
    if (again.outcome === "full") throw new GameError("conflict", { message: "you are in too many fights" });
    return again;
  }

  /** The open challenges without this one. @throws GameError `rate_limited` where it would be one too many */
  function others(waiting: readonly Challenge[], { id, from }: Pick<Challenge, "id" | "from">): Challenge[] {
    const now = store.now();
    const open = waiting.filter((each) => each.id !== id && each.until > now);
    const own = open.filter((each) => each.from === from);
    if (own.length >= MAX_OF_ONE) throw tooMany(own, now);
    if (open.length >= MAX_OF_ALL) throw tooMany(open, now);
    return open;
  }

  async function challenge(to: UserId, added: Challenge): Promise<void> {
    await update(documents, challengesOf(to), (current) => {
      const now = store.now();
      const open = others(current?.state ?? [], added);
      const next = [...open, added];
      return { state: next, result: undefined, ttlMs: Math.max(...next.map(({ until }) => until)) - now };
    });
  }

  async function unchallenge(to: UserId, id: CombatId): Promise<void> {
    await update(documents, challengesOf(to), (current) => {
      const now = store.now();
      const left = (current?.state ?? []).filter((each) => each.id !== id && each.until > now);
      if (!current || left.length === current.state.length) return { state: undefined, result: undefined };
      if (left.length === 0) return { state: null, result: undefined };
      return { state: left, result: undefined, ttlMs: Math.max(...left.map(({ until }) => until)) - now };
    });
  }

  const othersOf = (fight: Fight) => playersOf(fight).filter((user) => user !== fight.createdBy);

  /** Entries that this fails to remove expire by themselves. */
  async function release(fight: Fight): Promise<void> {
    const work = [
      unlist(fight.createdBy, fight.id),
      quota.give(fight.id),
      ...othersOf(fight).map((user) => unchallenge(user, fight.id)),
    ];
    for (const done of await Promise.allSettled(work))
      if (done.status === "rejected")
        log.debug({ err: done.reason }, "a quota of a fight was not released yet");
  }

  return {
    /** Refuses a fight with too many challenges before anything is stored. @throws GameError `rate_limited` */
    async check(fight: Fight): Promise<void> {
      const found = await documents.loadMany(othersOf(fight).map(challengesOf));
      for (const one of found) others(one?.state ?? [], { id: fight.id, from: fight.createdBy });
    },

    /**
     * Puts a new fight on the creator's list. @returns its id: the same one each time for a request id
     * @throws GameError `conflict`, `rate_limited`
     */
    async reserve(
      session: Pick<Session, "userId" | "identity">,
      requestId: string | undefined,
    ): Promise<CombatId> {
      const user = session.userId;
      await storageQuotas.stored(session, FIGHT_BYTES);
      const id = newId<CombatId>("c");
      if (requestId === undefined) {
        await occupy(user, id);
        return id;
      }
      const onceId = `combat:create:${commandId(user, requestId)}`;
      const done = await occupy(user, id, { once: { id: onceId, result: id, ttlMs: settings.onceTtlMs } });
      if (done.outcome !== "duplicate") return id;
      const first = asId<CombatId>(String(done.result));
      // The first request may have been refused after that, which took the fight off the list.
      if ((await documents.load(fightKey(first))) === undefined) await occupy(user, first);
      return first;
    },

    /**
     * Challenges the other players and counts the fight. Where either is refused, the creator's list loses the fight again.
     * @throws GameError `rate_limited`, `server_full`
     */
    async fill(fight: Fight): Promise<void> {
      const until = fight.deadline ?? store.now();
      const added = { id: fight.id, from: fight.createdBy, until };
      try {
        await quota.take(fight.id);
        // Every write has ended before any is undone.
        const done = await Promise.allSettled(othersOf(fight).map((user) => challenge(user, added)));
        for (const one of done) if (one.status === "rejected") throw one.reason;
      } catch (err) {
        await release(fight);
        throw err;
      }
    },

    /** A player joins: the fight goes on their list, and the challenge is answered. @throws GameError `conflict` */
    async join(fight: Fight, user: UserId): Promise<void> {
      if (playerOf(fight, user)?.joined) return;
      await occupy(user, fight.id);
      await unchallenge(user, fight.id);
    },

    answered: unchallenge,

    async ended(fight: Fight): Promise<void> {
      const users = playersOf(fight);
      await Promise.all([
        quota.give(fight.id),
        ...users.map((user) => unlist(user, fight.id)),
        ...othersOf(fight).map((user) => unchallenge(user, fight.id)),
      ]);
    },
  };
}

const tooMany = (open: readonly Challenge[], now: number) =>
  new GameError("rate_limited", {
    message: "too many challenges wait for this player's answer",
    details: { retry_after_ms: Math.max(1, Math.ceil(Math.min(...open.map(({ until }) => until)) - now)) },
  });
