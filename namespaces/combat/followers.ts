/** Connections that follow fights: they get the entries of a fight's stream, and follow their fights again after a reconnect. */

import type { Session } from "../../core/contract/session.ts";
import { asId, type CombatId, type UserId } from "../../core/ids.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import type { Services } from "../../core/ports/services.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import { rooms } from "../../core/rooms.ts";
import { type Fight, type FightEntry, fightStream, playerOf, userFights } from "./fight.ts";
import type { FightStore } from "./fight-store.ts";
import { removeFromList } from "./reconciliation.ts";
import type { CombatContract } from "./schema.ts";
import { emitEntry, stateFor } from "./view.ts";

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

export interface FightFollowers {
  /** The connection gets the entries of the fight from now on. An ended fight has none to come. */
  follow(session: CombatSession, fight: Fight): Promise<void>;
  follows(session: CombatSession, id: CombatId): boolean;
  /** Follows all running fights that the user has joined, and sends `combat_resumed` for each. */
  resume(session: CombatSession): Promise<void>;
  /** The fights that are not over for the user, newest first, without their logs. Fights that are over leave the user's list. */
  fightsOf(user: UserId): Promise<Fight[]>;
  close(): void;
}

/** @param maxFights how many a user can be in */
export function createFollowers(
  services: Services,
  fightStore: FightStore,
  maxFights: number,
): FightFollowers {
  const { live, log, store, reading } = services;
  const lingering = new Set<NodeJS.Timeout>();

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

  const isOver = (fight: Fight, user: UserId) =>
    fight.phase === "ended" || playerOf(fight, user)?.left === true;

  async function follow(session: CombatSession, fight: Fight): Promise<void> {
    if (fight.phase !== "ended") await live.attach(session, streamOf(fight));
  }

  return {
    follow,
    fightsOf,
    follows: (session, id) => live.follows(session, fightStream(id)),

    resume: (session) =>
      reading.turn(
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
      ),

    close() {
      for (const timer of lingering) clearTimeout(timer);
      lingering.clear();
    },
  };
}
