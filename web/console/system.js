/** Channels and their moderation, streams, deadlines and the audit. */
import { look, part } from "./api.js";
import { card, cards, h, json, link, opener, paged, refresher, table, time, userLink } from "./dom.js";

/** Pages of entries with offsets, the newest first. */
function newestFirst(path, caption, columns) {
  return paged(
    async (before) => {
      const body = await look(path, { before });
      const first = body.entries[0]?.offset;
      return { rows: body.entries.toReversed(), next: body.has_more ? first : undefined };
    },
    (rows) => table(caption, columns, rows),
  );
}

const byUser = (id) => id && (id.startsWith("console:") ? id : userLink(id));
const whole = ({ offset: _, at: __, timestamp: ___, ...entry }) => JSON.stringify(entry);

export async function channels(place) {
  const named = paged(
    async (cursor) => {
      const body = await look("channels", { cursor });
      return { rows: body.channels, next: body.cursor };
    },
    (rows) =>
      table(
        "Named channels",
        {
          Channel: ({ channel: name }) => link(`channels/${part(name)}`, name),
          Access: ({ access }) => access,
          Members: ({ members }) => String(members),
          Description: ({ description }) => description,
        },
        rows,
      ),
  );
  const reports = newestFirst("reports", "Reported messages, newest first", {
    When: ({ at }) => time(at),
    By: ({ by }) => byUser(by),
    About: ({ user }) => byUser(user),
    Channel: ({ report: about }) => about?.channel,
    Message: ({ report: about }) => about?.content,
    Reason: ({ reason }) => reason,
  });
  const acts = newestFirst("moderation", "What moderators did, newest first", {
    When: ({ timestamp }) => time(timestamp),
    By: ({ by }) => byUser(by),
    Act: ({ action }) => action,
    User: ({ user_id }) => byUser(user_id),
    Channel: ({ channel: name }) => name ?? "everywhere",
    Until: ({ until }) => time(until),
    Reason: ({ reason }) => reason,
  });
  place.append(
    h("h2", {}, "Channels and moderation"),
    opener("Open a channel: global, guild:…, party:…, room:…", "channels", "global"),
    named.element,
    reports.element,
    acts.element,
  );
  await Promise.all([named.load(), reports.load(), acts.load()]);
}

export async function channel(place, name) {
  const about = h("div");
  const entries = newestFirst(`channels/${part(name)}`, "Entries, newest first", {
    When: ({ at }) => time(at),
    Kind: ({ kind }) => kind,
    By: ({ by }) => byUser(by),
    What: ({ content, kind, ...entry }) => content ?? whole(entry),
  });
  place.append(h("h2", {}, `Channel ${name}`), about, entries.element);
  const [found] = await Promise.all([look(`channels/${part(name)}`, { limit: 1 }), entries.load()]);
  about.append(
    cards(
      card("Slow mode", found.slow_s === 0 ? "off" : `one message in ${found.slow_s} s`),
      card("Sanctions in this channel", found.sanctions.length === 0 ? "none" : json(found.sanctions)),
    ),
  );
}

export function streams(place) {
  const list = paged(
    async (cursor) => {
      const body = await look("streams", { cursor });
      return { rows: body.streams, next: body.cursor };
    },
    (rows) =>
      table(
        "Streams that connections follow",
        {
          Stream: ({ partition, name }) => `${partition} ${name}`,
          Followers: ({ followers }) => String(followers),
          Behind: ({ behind }) => String(behind),
          "Last entry": ({ offset }) => String(offset),
          Epoch: ({ epoch }) => epoch,
          Workers: ({ workers }) => String(workers),
        },
        rows,
      ),
  );
  place.append(h("h2", {}, "Streams"), list.element);
  return list.load();
}

export async function deadlines(place) {
  const shown = h("div");
  async function draw() {
    const found = await look("deadlines", { limit: 100 });
    const now = Date.parse(found.now);
    shown.replaceChildren(
      h("p", {}, `${found.total} wait in all; the first are shown.`),
      table(
        "Deadlines, soonest first",
        {
          Due: ({ at }) => `in ${((Date.parse(at) - now) / 1_000).toFixed(1)} s`,
          Kind: ({ kind }) => kind,
          Id: ({ id }) => id,
          Partition: ({ partition }) => partition,
        },
        found.deadlines,
      ),
    );
  }
  place.append(h("h2", {}, "Deadlines"), refresher(draw), shown);
  await draw();
}

export function audit(place) {
  const list = newestFirst("audit", "What operators did here, newest first", {
    When: ({ at }) => time(at),
    Who: ({ by }) => by,
    From: ({ address }) => address,
    Act: ({ action }) => action,
    User: ({ input }) => input.user_id && userLink(input.user_id),
    With: ({ input: { user_id: _, ...rest } }) =>
      Object.keys(rest).length === 0 ? "" : JSON.stringify(rest),
    Outcome: ({ failed }) => (failed ? h("span", { class: "bad" }, `failed: ${failed}`) : "asked for"),
  });
  place.append(h("h2", {}, "Audit"), list.element);
  return list.load();
}
