/** Zones of `/world` as the console shows them: what each worker answers, and what is made of the answers of all. */
import type { ShownEntity, ShownPlayer, WorldInspection, ZoneHere } from "../../namespaces/world/inspect.ts";
import { first, merged, type PageWish } from "./merging.ts";

export type WorldQuestion =
  | (PageWish & { readonly about: "zones" })
  | { readonly about: "zone"; readonly zone: string }
  | (PageWish & { readonly about: "players" | "entities"; readonly zone: string });

/** What is in a zone, and which worker keeps it; of a persistent entity, one that has it. */
type Placed<T> = T & { readonly worker: string };

interface ZoneOnWorker extends ZoneHere {
  readonly worker: string;
}

export interface WorldAnswer {
  readonly zones?: readonly ZoneOnWorker[];
  readonly zone?: ZoneOnWorker;
  readonly players?: readonly Placed<ShownPlayer>[];
  readonly entities?: readonly Placed<ShownEntity>[];
}

export function answerOfWorld(world: WorldInspection, worker: string, question: WorldQuestion): WorldAnswer {
  switch (question.about) {
    case "zones":
      return {
        zones: first(world.zonesHere(), question, (id) => id).flatMap((id) => {
          const zone = world.zoneHere(id);
          return zone === undefined ? [] : [{ ...zone, worker }];
        }),
      };
    case "zone": {
      const zone = world.zoneHere(question.zone);
      return zone === undefined ? {} : { zone: { ...zone, worker } };
    }
    case "players": {
      const players = first(world.playersHere(question.zone), question, (one) => one.user_id);
      return { players: players.map((player) => ({ ...player, worker })) };
    }
    case "entities": {
      const entities = first(world.entitiesHere(question.zone), question, (one) => one.entity_id);
      return { entities: entities.map((entity) => ({ ...entity, worker })) };
    }
  }
}

/** Players and entities of users are counted where they are kept, persistent entities once. */
function summed(all: readonly ZoneOnWorker[]) {
  const sum = (count: (zone: ZoneOnWorker) => number) => all.reduce((total, zone) => total + count(zone), 0);
  const persistent = Math.max(0, ...all.map((zone) => zone.persistent));
  return {
    players: sum(({ players }) => players),
    entities: persistent + sum(({ entities }) => entities),
    viewers: sum(({ viewers }) => viewers),
  };
}

export function zonesPage(answers: readonly WorldAnswer[], { limit }: PageWish) {
  const byZone = new Map<string, ZoneOnWorker[]>();
  for (const one of answers.flatMap(({ zones = [] }) => zones)) {
    const known = byZone.get(one.zone);
    if (known) known.push(one);
    else byZone.set(one.zone, [one]);
  }
  const all = [...byZone].map(([zone, on]) => ({ zone, ...summed(on), workers: on.length }));
  return merged([all], limit, ({ zone }) => zone);
}

export function zoneOf(answers: readonly WorldAnswer[]) {
  const on = answers.flatMap(({ zone }) => zone ?? []);
  const [one] = on;
  if (one === undefined) return undefined;
  return {
    ...{ zone: one.zone, rules: one.rules, ...summed(on) },
    workers: on
      .map(({ zone: _, rules: __, ...counts }) => counts)
      .sort((a, b) => (a.worker < b.worker ? -1 : 1)),
  };
}

/** Each once: all workers have the persistent entities, and a player may be on the way from one worker to another. */
export function placedPage<T extends ShownPlayer | ShownEntity>(
  pages: readonly (readonly Placed<T>[])[],
  { limit }: PageWish,
) {
  const idOf = (item: ShownPlayer | ShownEntity) => ("user_id" in item ? item.user_id : item.entity_id);
  const once = new Map(pages.flat().map((item) => [idOf(item), item]));
  return merged([[...once.values()]], limit, idOf);
}
