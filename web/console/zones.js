/** Zones of `/world`. */
import { look, part } from "./api.js";
import { h, link, numbers, opener, paged, refresher, table, userLink } from "./dom.js";
import { details } from "./steps.js";

export const zoneLink = (id) => link(`zones/${part(id)}`, id);

export function zones(place) {
  const list = paged(
    async (cursor) => {
      const body = await look("zones", { cursor });
      return { rows: body.zones, next: body.cursor };
    },
    (rows) =>
      table(
        "Zones that a worker has open",
        {
          Zone: ({ zone: id }) => zoneLink(id),
          Players: ({ players }) => String(players),
          Entities: ({ entities }) => String(entities),
          "Connections that watch": ({ viewers }) => String(viewers),
          Workers: ({ workers }) => String(workers),
        },
        rows,
      ),
  );
  place.append(h("h2", {}, "Zones"), opener("Open a zone by name", "zones"), list.element);
  return list.load();
}

const at = (value) => String(Math.round(value * 100) / 100);
const whereColumns = { X: ({ x }) => at(x), Y: ({ y }) => at(y), Worker: ({ worker }) => worker };
const playerColumns = { User: ({ user_id }) => userLink(user_id), Name: ({ name }) => name, ...whereColumns };
const entityColumns = {
  Entity: ({ entity_id }) => entity_id,
  Kind: ({ kind }) => kind,
  Owner: ({ owner }) => userLink(owner),
  Kept: ({ persistent }) => persistent && "in the store",
  ...whereColumns,
  Data: ({ data }) => data !== undefined && details("data", data),
};

export async function zone(place, id) {
  const path = `zones/${part(id)}`;
  const shown = h("div");
  const lists = h("div");
  const placed = (what, caption, columns) =>
    paged(
      async (cursor) => {
        const body = await look(`${path}/${what}`, { cursor });
        return { rows: body[what], next: body.cursor };
      },
      (rows) => table(caption, columns, rows),
    );
  async function draw() {
    const { players, entities, viewers, rules, workers } = await look(path);
    shown.replaceChildren(
      numbers({
        Players: rules.max_players > 0 ? `${players} of ${rules.max_players}` : players,
        Entities: entities,
        "Connections that watch": viewers,
        "View distance": rules.view_distance,
        "Speed limit": rules.speed_limit > 0 ? `${rules.speed_limit} a second` : "none",
      }),
      table(
        "What each worker keeps",
        {
          Worker: ({ worker }) => worker,
          "Its players": (one) => String(one.players),
          "Its entities": (one) => String(one.entities),
          "Persistent entities": (one) => String(one.persistent),
          "Connections that watch": (one) => String(one.viewers),
          State: ({ ready }) => (ready ? "ready" : "loading"),
        },
        workers,
      ),
    );
    const all = [placed("players", "Players", playerColumns), placed("entities", "Entities", entityColumns)];
    lists.replaceChildren(...all.map(({ element }) => element));
    await Promise.all(all.map(({ load }) => load()));
  }
  place.append(h("h2", {}, `Zone ${id}`), refresher(draw), shown, lists);
  await draw();
}
