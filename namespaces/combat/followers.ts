/**
 * Connections that follow fights: they get the entries of a fight's stream, and follow their fights again after a reconnect. All
 * connections of a user follow the fights that the user has joined by one of them.
 */

import { type AntiEntropy, createAntiEntropy } from "../../core/consistency/anti-entropy.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type CombatId, type UserId } from "../../core/ids.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import type { Services } from "../../core/ports/services.ts";
import { topic } from "../../core/ports/store/bus.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import { rooms } from "../../core/rooms.ts";
import { type Fight, type FightEntry, fightStream, playerOf, userFights } from "./fight.ts";
import type { FightStore } from "./fight-store.ts";
import { removeFromList } from "./reconciliation.ts";
import type { CombatContract } from "./schema.ts";
import { emitEntry, stateFor } from "./shown/view.ts";

type CombatSession = Session<CombatContract>;

/** How many of a user's fights, the newest, a new connection follows again. */
const MAX_RESUMED = 1_000;
/** A listed fight that is not stored stays on the list for this long: it may be about to be stored. */
const UNBORN_MS = 60_000;
/** How long followers of an ended fight stay attached, so that entries sent in the same moment reach them first. */
const LINGER_MS = 1_000;
/** How many fights are loaded at a time, and about how many bytes one takes. */
const LOADED_AT_ONCE = 8;
const FIGHT_BYTES = 16_384;
/** The users here are compared with their lists of fights within half a minute, for joins that no notice told of. */
const STEPS = 60;

/** A user has joined a fight: the user's other connections follow it, on all workers. */
const joinedTopic = topic<{ readonly user: UserId; readonly id: CombatId }>("combat:joined");

export interface FightFollowers {
  /** The connection gets the entries of the fight from now on. An ended fight has none to come. */
  follow(session: CombatSession, fight: Fight): Promise<void>;
  follows(session: CombatSession, id: CombatId): boolean;
  /** A connection has come: it follows all running fights that the user has joined, and gets `combat_resumed` for each. */
  enter(session: CombatSession): Promise<void>;
  /** The connection has ended. */
  exit(session: CombatSession): void;
  /** The user has joined by one connection: the others follow the fight too, and get `combat_resumed`. */
  joined(user: UserId, id: CombatId): Promise<void>;
  /** The fights that are not over for the user, newest first, without their logs. Fights that are over leave the user's list. */
  fightsOf(user: UserId): Promise<Fight[]>;
  /** Compares now, for joins whose notice was lost. */
  compare(): Promise<void>;
  /** Users who are connected here. */
  readonly size: number;
  close(): Promise<void>;
}

/** @param maxFights how many a user can be in */
export function createFollowers(
  services: Services,
  fightStore: FightStore,
  maxFights: number,
): FightFollowers {
  const { live, log, store, userBus, reading } = services;
  const lingering = new Set<NodeJS.Timeout>();
  const sessions = new Map<UserId, Set<CombatSession>>();
  let rounds: AntiEntropy | undefined;
  let listening: Promise<() => void> | undefined;

  function streamOf(fight: Fight): LiveStream<CombatContract, FightEntry> {
    const { id } = fight;
    const ruleset = fightStore.rulesetOf(fight).rules;
    return {
      key: fightStream(id),
      room: rooms.combat(id),
      deliver(entry, _position, to) {
        emitEntry(id, entry, ruleset, to);
        if (entry.kind === "ended") detachLater(id, to.sessions());
      },
      lost(_position, to) {
        for (const session of to.sessions())
          resend(session, id).catch((err: unknown) => log.warn({ err }, "a fight could not be sent again"));
      },
    };
  }

  /** Frees the subscriptions of connections that stay open. Nothing depends on it. */
  function detachLater(id: CombatId, sessions: Iterable<CombatSession>): void {
    const followers = [...sessions];
    const timer = setTimeout(() => {
      lingering.delete(timer);
      for (const session of followers) live.detach(session, fightStream(id));
    }, LINGER_MS);
    timer.unref();
    lingering.add(timer);
  }

  async function resend(session: CombatSession, id: CombatId): Promise<void> {
    const { fight, ruleset } = await fightStore.load(id);
    const state = stateFor(fight, session.userId, ruleset.rules);
    session.emit("combat_resumed", { combat_session_id: id, state, version: fight.version });
  }

  async function fightsOf(user: UserId): Promise<Fight[]> {
    const key = userFights(user);
    const { members } = await store.indexes.page(key, {
      limit: Math.min(maxFights, MAX_RESUMED),
      reverse: true,
    });
    if (members.length === 0) return [];
    const found: (Fight | undefined)[] = [];
    // A stored fight holds its log, which is not needed here.
    for (let at = 0; at < members.length; at += LOADED_AT_ONCE) {
      const some = members.slice(at, at + LOADED_AT_ONCE).map(({ member }) => asId<CombatId>(member));
      for (const fight of await fightStore.loadMany(some)) found.push(fight && { ...fight, log: [] });
    }
    const over = members.filter(({ score }, at) => {
      const fight = found[at];
      return fight ? isOver(fight, user) : score < store.now() - UNBORN_MS;
    });
    if (over.length > 0) {
      const removal = removeFromList(
        user,
        over.map(({ member }) => member),
      );
      await store.documents.commit({ partition: partitions.user(user), ...removal });
    }
    return found.flatMap((fight) => (fight && !isOver(fight, user) ? [fight] : []));
  }

  /** Connections of the user that do not follow the fight, though the user plays in it. */
  async function followLate(user: UserId, id: CombatId): Promise<void> {
    const isLate = (session: CombatSession) => !live.follows(session, fightStream(id));
    const late = [...(sessions.get(user) ?? [])].filter(isLate);
    const [fight] = late.length === 0 ? [] : await fightStore.loadMany([id]);
    if (!fight || isOver(fight, user) || !playerOf(fight, user)?.joined) return;
    for (const session of late.filter(isLate)) {
      await follow(session, fight);
      if (session.connected) await resend(session, id);
    }
  }

  async function compare(some: readonly UserId[]): Promise<void> {
    await Promise.all(
      some.map(async (user) => {
        const { members } = await store.indexes.page(userFights(user), {
          limit: LOADED_AT_ONCE,
          reverse: true,
        });
        for (const { member } of members) await followLate(user, asId<CombatId>(member));
      }),
    );
  }

  /** Begun with the first connection, and again with the next where the store was away. */
  async function listen(): Promise<void> {
    listening ??= userBus.subscribe(joinedTopic, ({ user, id }) => {
      followLate(user, id).catch((err: unknown) =>
        log.debug(
          { err, user },
          "a fight could not be followed by a player's other connections; tried again",
        ),
      );
    });
    try {
      await listening;
    } catch (err) {
      listening = undefined;
      throw err;
    }
    rounds ??= createAntiEntropy({
      of: {
        all: () => sessions.keys(),
        get size() {
          return sessions.size;
        },
      },
      steps: STEPS,
      look: compare,
      failed: (err) => log.debug({ err }, "fights could not be compared; tried again"),
    });
  }

  const isOver = (fight: Fight, user: UserId) =>
    fight.phase === "ended" || playerOf(fight, user)?.left === true;

  async function follow(session: CombatSession, fight: Fight): Promise<void> {
    if (fight.phase !== "ended") await live.attach(session, streamOf(fight));
  }

  return {
    follow,
    fightsOf,
    follows: (session, id) => live.follows(session, fightStream(id)),

    async enter(session) {
      await listen();
      const own = sessions.get(session.userId);
      if (own) own.add(session);
      else sessions.set(session.userId, new Set([session]));
      await reading.turn(
        session,
        async (spend) => {
          const all = await fightsOf(session.userId);
          await spend(all.length * FIGHT_BYTES);
          for (const fight of all) {
            const player = playerOf(fight, session.userId);
            if (!player?.joined || player.left) continue;
            await follow(session, fight);
            // Loaded again: an entry between the first load and the follow reaches the connection in no other way.
            await resend(session, fight.id);
            await spend(FIGHT_BYTES);
          }
        },
        { patient: true },
      );
    },

    exit(session) {
      const own = sessions.get(session.userId);
      own?.delete(session);
      if (own?.size === 0) sessions.delete(session.userId);
    },

    async joined(user, id) {
      await userBus.publish(joinedTopic, [user], () => ({ user, id }));
    },

    compare: async () => rounds?.whole(),

    get size() {
      return sessions.size;
    },

    async close() {
      for (const timer of lingering) clearTimeout(timer);
      lingering.clear();
      rounds?.end();
      const end = await listening?.catch(() => undefined);
      end?.();
      sessions.clear();
    },
  };
}
