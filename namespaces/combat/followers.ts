/** Which connections follow which fights, and what they are told. */

import type { Session } from "../../core/contract/session.ts";
import { asId, type CombatId, type UserId } from "../../core/ids.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import type { Services } from "../../core/ports/services.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import { rooms } from "../../core/rooms.ts";
import { offList } from "./comparing.ts";
import { type Fight, type FightEntry, fightStream, playerOf, userFights } from "./fight.ts";
import type { FightStore } from "./fight-store.ts";
import type { CombatContract } from "./schema.ts";
import { stateFor, tell } from "./view.ts";

type CombatSession = Session<CombatContract>;

/** Of a user's fights, so many are followed again on connection: the newest. */
const MAX_RESUMED = 1_000;
/** A listed fight that is not there is taken off the list once it is older than this: it may be about to be stored. */
const UNBORN_MS = 60_000;
/** How long followers of an ended fight stay attached: what was sent in the same moment must reach them first. */
const LINGER_MS = 1_000;
/** Fights loaded at a time, and about what one takes. */
const LOADED_AT_ONCE = 8;
const FIGHT_BYTES = 16_384;

export interface Followers {
  /** From now on the connection hears of the fight; of one that has ended there is nothing to hear. */
  follow(session: CombatSession, fight: Fight): Promise<void>;
  follows(session: CombatSession, id: CombatId): boolean;
  /** Follows all fights again that the user has joined and that go on, and tells the connection of each. */
  resume(session: CombatSession): Promise<void>;
  /** The fights of a user that are not over for them, newest first and without their logs; takes those that are off the list. */
  fightsOf(user: UserId): Promise<Fight[]>;
  close(): void;
}

/** @param maxFights how many a user can be in */
export function createFollowers(services: Services, fightStore: FightStore, maxFights: number): Followers {
  const { live, log, store, reading } = services;
  const lingering = new Set<NodeJS.Timeout>();

  function streamOf(fight: Fight): LiveStream<CombatContract, FightEntry> {
    const { id } = fight;
    const ruleset = fightStore.rulesetOf(fight).rules;
    return {
      key: fightStream(id),
      room: rooms.combat(id),
      deliver(entry, _position, to) {
        tell(id, entry, ruleset, to);
        if (entry.kind === "ended") letGo(id, to.sessions());
      },
      lost(_position, to) {
        for (const session of to.sessions())
          resend(session, id).catch((err: unknown) => log.warn({ err }, "a fight could not be sent anew"));
      },
    };
  }

  /** Not needed for anything to be right: it frees the subscription of connections that stay. */
  function letGo(id: CombatId, sessions: Iterable<CombatSession>): void {
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
    // A fight comes with all that was done in it, which nobody needs here.
    for (let at = 0; at < members.length; at += LOADED_AT_ONCE) {
      const some = members.slice(at, at + LOADED_AT_ONCE).map(({ member }) => asId<CombatId>(member));
      for (const fight of await fightStore.loadMany(some)) found.push(fight && { ...fight, log: [] });
    }
    const over = members.filter(({ score }, at) => {
      const fight = found[at];
      return fight ? isOver(fight, user) : score < store.now() - UNBORN_MS;
    });
    if (over.length > 0) {
      const gone = offList(
        user,
        over.map(({ member }) => member),
      );
      await store.documents.commit({ partition: partitions.user(user), ...gone });
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
            // Loaded again: what happened since it was first loaded and before it was followed would be told by nobody.
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
