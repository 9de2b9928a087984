/** Connections and users, and what may be done about a user. */
import { act, look, part } from "./api.js";
import {
  ask,
  card,
  cards,
  filters,
  h,
  json,
  link,
  opener,
  paged,
  refresher,
  report,
  roomLink,
  table,
  time,
  userLink,
} from "./dom.js";
import { fightColumns } from "./fights.js";
import { zoneLink } from "./zones.js";

const NAMESPACES = ["", "/", "/game", "/chat", "/combat", "/world", "/matchmaking"];

/** A list with filters, read anew with each change of them. */
function filtered(place, title, fields, path, columns, rowsOf) {
  const results = h("div");
  const show = (values) => {
    const list = paged(
      async (cursor) => {
        const body = await look(path, { ...values, cursor });
        return { rows: rowsOf(body), next: body.cursor };
      },
      (rows) => table(title, columns, rows),
    );
    results.replaceChildren(list.element);
    return list.load().then(() => report(), report);
  };
  const { form, values } = filters(fields, show);
  place.append(h("h2", {}, title), form, results);
  return show(values());
}

const connectionColumns = {
  User: ({ user_id }) => userLink(user_id),
  Name: ({ name }) => name,
  Namespace: ({ namespace }) => namespace,
  Transport: ({ transport }) => transport,
  Device: ({ device }) => device,
  Address: ({ address }) => address,
  Since: ({ connected_at }) => time(connected_at),
  Roles: ({ roles }) => roles.join(", "),
  Reads: ({ slow, reliable }) => [slow && "slowly", reliable && "acknowledges"].filter(Boolean).join(", "),
  Zone: ({ zone }) => zone && zoneLink(zone),
  Worker: ({ worker }) => worker,
};

export function connections(place) {
  const fields = [
    { name: "user", label: "User id" },
    { name: "namespace", label: "Namespace", options: NAMESPACES },
  ];
  filtered(place, "Connections", fields, "connections", connectionColumns, (body) => body.connections);
}

export function users(place) {
  place.append(opener("Open a user by id", "users"));
  const columns = {
    User: ({ user_id }) => userLink(user_id),
    Connections: ({ connections: count }) => String(count),
  };
  filtered(
    place,
    "Users",
    [{ name: "namespace", label: "Namespace", options: NAMESPACES }],
    "users",
    columns,
    (body) => body.users,
  );
}

const REASON = { name: "reason", label: "Reason, which the user reads" };
const CHANNEL = { name: "channel", label: "Channel; empty: everywhere in /chat" };
const DURATION = { name: "duration_s", label: "Seconds; empty: without an end", type: "number" };
const ACTIONS = {
  disconnect: { text: "Disconnect", fields: [] },
  revoke: { text: "Revoke tokens", fields: [] },
  mute: { text: "Mute", fields: [CHANNEL, DURATION, REASON] },
  unmute: { text: "Lift mute", fields: [CHANNEL, REASON] },
  ban: { text: "Ban", fields: [CHANNEL, DURATION, REASON] },
  unban: { text: "Lift ban", fields: [CHANNEL, REASON] },
};

function actions(user, done) {
  async function run(name, { text, fields }) {
    const values = await ask(`${text}: ${user}`, fields, text);
    if (values === undefined) return;
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
    if (given.duration_s) given.duration_s = Number(given.duration_s);
    await act(name, { user_id: user, ...given });
    await done();
  }
  return h(
    "div",
    { class: "bar", role: "group", "aria-label": "Actions" },
    Object.entries(ACTIONS).map(([name, action]) =>
      h(
        "button",
        {
          type: "button",
          class: name.startsWith("un") ? undefined : "danger",
          onclick: () => run(name, action).then(() => report(), report),
        },
        action.text,
      ),
    ),
  );
}

export async function user(place, id, { role }) {
  const shown = h("div");
  async function draw() {
    const found = await look(`users/${part(id)}`);
    const { queue, sanctions, channels, waiting_events } = found;
    const waiting = Object.entries(waiting_events).filter(([, count]) => count > 0);
    shown.replaceChildren(
      cards(
        card("Sanctions", Object.keys(sanctions).length === 0 ? "none" : json(sanctions)),
        card(
          "Queue, match and party",
          ...(queue.ticket
            ? [
                h(
                  "p",
                  {},
                  "Ticket ",
                  link(
                    `queues/${part(queue.ticket.game_mode)}/${part(queue.ticket.ticket_id)}`,
                    queue.ticket.ticket_id,
                  ),
                ),
              ]
            : []),
          Object.keys(queue).length === 0 ? "none" : json(queue),
        ),
        card("Named channels", channels.length === 0 ? "none" : channels.join(", ")),
        card(
          "Reliable events that wait",
          waiting.length === 0 ? "none" : waiting.map(([name, count]) => `${name}: ${count}`).join(", "),
        ),
      ),
      table("Devices and connections", connectionColumns, found.connections),
      table(
        "Rooms and matches",
        {
          Room: ({ room_id }) => roomLink(room_id),
          Game: ({ game }) => game,
          Phase: ({ phase }) => phase,
          Players: ({ players }) => String(players.length),
        },
        found.rooms,
      ),
      table("Fights", fightColumns, found.fights),
    );
  }
  place.append(
    h("h2", {}, `User ${id}`),
    role === "operator" ? actions(id, draw) : "",
    refresher(draw),
    shown,
  );
  await draw();
}
