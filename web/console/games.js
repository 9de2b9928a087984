/** Rooms, matches and queues. */
import { look, part } from "./api.js";
import {
  card,
  cards,
  filters,
  h,
  json,
  link,
  numbers,
  opener,
  paged,
  refresher,
  report,
  roomLink,
  table,
  time,
  userLink,
} from "./dom.js";
import { details, steps } from "./steps.js";

const roomColumns = {
  Room: ({ room_id }) => roomLink(room_id),
  Name: ({ name }) => name,
  Game: ({ game }) => game,
  Kind: ({ match, private: hidden, game_mode }) =>
    match ? `match of ${game_mode ?? "matchmaking"}` : hidden ? "private" : "public",
  Phase: ({ phase }) => phase,
  Players: ({ players, max_players }) => `${players.length} of ${max_players}`,
  Round: ({ round }) => round && String(round),
  Made: ({ created_at }) => time(created_at),
};
const plainColumns = { Room: ({ name }) => name, Connections: ({ connections }) => String(connections) };

export function rooms(place) {
  const results = h("div");
  const show = (values) => {
    const columns = ["root", "relay"].includes(values.list) ? plainColumns : roomColumns;
    const list = paged(
      async (cursor) => {
        const body = await look("rooms", { ...values, cursor });
        return { rows: body.rooms, next: body.cursor };
      },
      (rows) => table("Rooms", columns, rows),
    );
    results.replaceChildren(list.element);
    list.load().then(() => report(), report);
  };
  const { form, values } = filters(
    [{ name: "list", label: "Which", options: ["followed", "public", "root", "relay"], value: "followed" }],
    show,
  );
  place.append(h("h2", {}, "Rooms and matches"), opener("Open a room by id", "rooms"), form, results);
  show(values());
}

export async function room(place, id) {
  const shown = h("div");
  const log = h("div");
  async function draw() {
    const found = await look(`rooms/${part(id)}`);
    const { room: about, views, tick, is_realtime, result } = found;
    shown.replaceChildren(
      numbers({
        Game: about.game,
        Phase: about.phase,
        Version: tick ?? about.version,
        Round: about.round ?? 0,
        "Turn ends": about.turn_ends_at ? new Date(about.turn_ends_at).toLocaleTimeString() : "no limit",
      }),
      table(
        "Players",
        {
          User: ({ user_id }) => userLink(user_id),
          Name: ({ name }) => name,
          Team: ({ team }) => team !== undefined && String(team),
          Here: ({ connected, dropped }) => (dropped ? "dropped out" : connected ? "yes" : "away"),
        },
        about.players,
      ),
      h(
        "h3",
        {},
        is_realtime ? "The state as each player sees it, at this tick" : "The state as each player sees it",
      ),
      views.length === 0
        ? h("p", { class: "hint" }, is_realtime ? "No worker follows this game now." : "No game has begun.")
        : cards(
            ...views.map(({ user_id, state, left_out }) =>
              card(user_id ?? "A spectator", left_out ? "too large to be shown here" : json(state)),
            ),
          ),
      ...(result === undefined ? [] : [cards(card("Result of the last game", json(result)))]),
    );
    return found;
  }
  place.append(h("h2", {}, `Room ${id}`), refresher(draw), shown, h("h3", {}, "Log, step by step"), log);
  const { room: about } = await draw();
  steps(
    log,
    `rooms/${part(id)}/log`,
    about.players.map(({ user_id }) => user_id),
    {
      Step: ({ offset }) => String(offset),
      When: ({ entry }) => time(entry.at),
      What: ({ entry }) => entry.kind,
      By: ({ entry }) => entry.by && userLink(entry.by),
      Entry: ({ entry }) => details("entry", entry),
    },
    ({ offset }) => offset,
  );
}

export async function queues(place) {
  const { queues: found } = await look("queues");
  place.append(
    h("h2", {}, "Queues"),
    table(
      "Modes",
      {
        Mode: ({ game_mode }) => link(`queues/${part(game_mode)}`, game_mode),
        Game: ({ game }) => game,
        "Tickets that wait": ({ tickets }) => String(tickets),
        "Oldest since": ({ oldest_joined_at }) => time(oldest_joined_at),
        "Expected wait": ({ estimated_wait_s }) => `${estimated_wait_s} s`,
        "Matches to fill": ({ matches_to_fill }) => String(matches_to_fill),
      },
      found,
    ),
  );
}

export function queue(place, mode) {
  const list = paged(
    async (cursor) => {
      const body = await look(`queues/${part(mode)}`, { cursor });
      return { rows: body.tickets, next: body.cursor };
    },
    (rows) =>
      table(
        "Tickets, oldest first",
        {
          "": ({ position }) => String(position),
          Ticket: ({ ticket_id }) => link(`queues/${part(mode)}/${part(ticket_id)}`, ticket_id),
          Players: ({ players }) =>
            h(
              "span",
              {},
              players.flatMap(({ user_id }, at) =>
                at === 0 ? [userLink(user_id)] : [", ", userLink(user_id)],
              ),
            ),
          Skill: ({ skill }) => String(Math.round(skill)),
          Region: ({ region }) => region,
          Waits: ({ waited_s }) => `${waited_s} s`,
          "Waiting for": ({ waiting_for }) =>
            waiting_for &&
            `${waiting_for.reason}; ${waiting_for.candidates} others within ${waiting_for.window ?? "any"} of skill`,
        },
        rows,
      ),
  );
  place.append(h("h2", {}, `Queue ${mode}`), list.element);
  return list.load();
}

export async function ticket(place, mode, id) {
  const found = await look(`queues/${part(mode)}/tickets/${part(id)}`);
  place.append(
    h("h2", {}, `Ticket ${id}`),
    h("p", {}, found.waits ? "It waits." : "It waits no longer."),
    table(
      "History",
      {
        Step: ({ step }) => step,
        When: ({ at }) => time(at),
        Skill: ({ skill }) => skill !== undefined && String(Math.round(skill)),
        Match: ({ match_id }) => match_id && roomLink(match_id),
      },
      found.history,
    ),
    ...(found.matches.length === 0
      ? []
      : [h("h3", {}, "Matches"), cards(...found.matches.map((match) => card(match.match_id, json(match))))]),
  );
}
