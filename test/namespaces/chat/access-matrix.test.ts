/** Who may do what in which channel: the whole matrix as one table. Each row is driven through real clients. */
import assert from "node:assert/strict";
import type { Role } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { isShutOut } from "../../../namespaces/chat/membership/access.ts";
import { admit, type SanctionKind } from "../../../namespaces/chat/model/rules.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/index.ts";
import { closeAll, startEmbedded, type TestApp } from "../../support/app.ts";
import { type ChatClient, enter } from "./clients.ts";

/**
 * R read the history · F follow (receive what others write) · W write · E edit an own message · O edit another's message ·
 * D delete another's message · M mute a user · S set slow mode · I invite · X remove a member · C close (delete) the channel
 *
 * A letter: allowed. `-` forbidden · `m` muted · `b` banned · `x` the channel has no such thing · `.` the client is not connected
 *
 * Each user was a member and wrote a message; an `outsider` has left since. Staff (`moderator`, `admin`, `service`) has left too,
 * unless the row says `member`. The `creator` made the channel with a role that the token no longer has. Another member blocks the `blocked`.
 */
const MATRIX = `
  channel  user              R F W E O D M S I X C
  any      guest             . . . . . . . . . . .
  any      banned            . . . . . . . . . . .

  global   member            R F W E - - - - - - -
  global   moderator-member  R F W E O D M S - - -
  global   admin-member      R F W E O D M S - - -
  global   service-member    R F W E - - - - - - -
  global   muted             R F m m m - - - - - -
  global   kicked            - - - - - - - - - - -
  global   banned            b - b b b b - - - - -
  global   blocked           R F W E - - - - - - -

  guild    outsider          - - - - - - - - - - -
  guild    member            R F W E - - - - - - -
  guild    moderator         - - - - - - - - - - -
  guild    moderator-member  R F W E O D M S - - -
  guild    admin-member      R F W E O D M S - - -
  guild    service           - - - - - - - - - - -
  guild    muted             R F m m m - - - - - -
  guild    kicked            - - - - - - - - - - -
  guild    banned            b - b b b b - - - - -
  guild    blocked           R F W E - - - - - - -

  party    outsider          - - - - - - - - - - -
  party    member            R F W E - - - - - - -
  party    moderator         - - - - - - - - - - -
  party    moderator-member  R F W E O D M S - - -
  party    service           - - - - - - - - - - -
  party    muted             R F m m m - - - - - -
  party    banned            b - b b b b - - - - -
  party    blocked           R F W E - - - - - - -

  private  member            R F W E - - - - - - -
  private  moderator-member  R F W E - - x x - - -
  private  admin-member      R F W E - - x x - - -
  private  service-member    R F W E - - - - - - -
  private  muted             R F m m m - - - - - -
  private  blocked           R - - - - - - - - - -

  open     outsider          - - - - - - - - - - -
  open     member            R F W E - - - - - - -
  open     creator           R F W E - - - - - - -
  open     moderator         R F W E O D M S x X C
  open     moderator-member  R F W E O D M S x X C
  open     admin             R F W E O D M S x X C
  open     service           R F W E - - - - x X C
  open     muted             R F m m m - - - - - -
  open     kicked            - - - - - - - - - - -
  open     banned            b - b b b b - - - - -
  open     moderator-banned  b - b b b b b b b b b
  open     service-kicked    - - - - - - - - - - -
  open     blocked           R F W E - - - - - - -

  invite   outsider          - - - - - - - - - - -
  invite   invited           - - - - - - - - - - -
  invite   member            R F W E - - - - - - -
  invite   creator           R F W E - - - - - - -
  invite   moderator         R F W E O D M S I X C
  invite   moderator-member  R F W E O D M S I X C
  invite   admin             R F W E O D M S I X C
  invite   service           R F W E - - - - I X C
  invite   muted             R F m m m - - - - - -
  invite   kicked            - - - - - - - - - - -
  invite   banned            b - b b b b - - - - -
  invite   admin-banned      b - b b b b b b b b b
  invite   service-kicked    - - - - - - - - - - -
  invite   blocked           R F W E - - - - - - -

  room     outsider          - - - - - - - - - - -
  room     member            R F W E - - - - - - -
  room     moderator         R F W E O D M S - - -
  room     moderator-member  R F W E O D M S - - -
  room     admin             R F W E O D M S - - -
  room     service           R F W E - - - - - - -
  room     muted             R F m m m - - - - - -
  room     kicked            - - - - - - - - - - -
  room     banned            b - b b b b - - - - -
  room     blocked           R F W E - - - - - - -
`;

const LETTERS = ["R", "F", "W", "E", "O", "D", "M", "S", "I", "X", "C"] as const;
type Letter = (typeof LETTERS)[number];
type Attempt = () => Promise<unknown>;

const rows = MATRIX.trim()
  .split("\n")
  .slice(1)
  .map((line) => line.trim())
  .filter((line) => line !== "");
const wordsOf = (row: string) => row.split(/\s+/) as [kind: string, user: string];

const STAFF: readonly string[] = ["moderator", "admin", "service"];
const SANCTIONS: Readonly<Record<string, "mute" | "kick" | "ban">> = {
  muted: "mute",
  kicked: "kick",
  banned: "ban",
};
const MARKS: Readonly<Record<string, string>> = {
  forbidden: "-",
  muted: "m",
  banned: "b",
  invalid_payload: "x",
  conflict: "x",
};

/** The letter, or the mark of what refuses it. */
async function letterOf(letter: Letter, attempt: Attempt): Promise<string> {
  try {
    await attempt();
    return letter;
  } catch (err) {
    const { code } = err as { code?: string };
    if (code === undefined) throw err;
    return MARKS[code] ?? code;
  }
}

/** A channel of one row, and how a user comes into it and out of it. */
interface Place {
  readonly channel: string;
  join(client: ChatClient, user: string): Promise<unknown>;
  leave(client: ChatClient, user: string): Promise<unknown>;
}

async function placeOf(app: TestApp, kind: string, host: ChatClient, maker: ChatClient): Promise<Place> {
  const nothing = async () => undefined;
  if (kind === "room") {
    const { room } = await (await app.connect(gameContract, host.name)).call("room:create", {
      game: "relay",
    });
    const { room_id } = room;
    const at = (user: string) => app.connect(gameContract, user);
    return {
      channel: `room:${room_id}`,
      join: async (_, user) => (await at(user)).call("room:join", { room_id }),
      leave: async (_, user) => (await at(user)).call("room:leave", { room_id }),
    };
  }
  if (kind === "party") {
    const hosts = await app.connect(matchmakingContract, host.name);
    const { party_id } = (await hosts.call("party_create", {})).party;
    const at = (user: string) => app.connect(matchmakingContract, user);
    return {
      channel: "party",
      async join(_, user) {
        await hosts.call("party_invite", { user_id: user });
        await (await at(user)).call("party_join", { party_id });
      },
      leave: async (_, user) => (await at(user)).call("party_leave", {}),
    };
  }
  if (kind !== "open" && kind !== "invite") return { channel: kind, join: nothing, leave: nothing };
  const channel = `of-${host.name}`;
  await maker.call("channel_create", { channel, access: kind });
  const join = async (client: ChatClient, user: string) => {
    if (kind === "invite") await host.call("channel_invite", { channel, user_id: user });
    return client.call("channel_join", { channel });
  };
  await host.call("channel_join", { channel });
  await join(await enter(app, `extra-${host.name}`), `extra-${host.name}`);
  return { channel, join, leave: (client) => client.call("channel_leave", { channel }) };
}

/** What the user of a row may do, in letters. */
async function drive(app: TestApp, kind: string, as: string): Promise<string[]> {
  const [role = "", member] = as.split("-");
  const user = `${as}-of-${kind}`;
  const guild_id = `guild-of-${user}`;
  const host = await enter(app, `host-of-${user}`, { claims: { guild_id, roles: ["moderator"] } });
  const isOut = role === "outsider" || role === "invited" || (STAFF.includes(role) && member === undefined);

  const before = await enter(app, user, {
    claims: { guild_id, ...(role === "creator" ? { roles: ["moderator"] } : {}) },
  });
  const place = await placeOf(app, kind, host, role === "creator" ? before : host);
  const { channel } = place;
  const isPrivate = kind === "private";
  const hosts = { channel, ...(isPrivate ? { to: user } : {}) };
  const named = { channel, ...(isPrivate ? { to: host.name } : {}) };
  await place.join(before, user);
  const own = await before.call("chat_message", { ...named, content: "own" });
  const others = await host.call("chat_message", { ...hosts, content: "another's" });
  if (isOut) await place.leave(before, user);
  before.disconnect();
  if (role === "invited") await host.call("channel_invite", { channel, user_id: user });
  const sanction = SANCTIONS[role] ?? SANCTIONS[member ?? ""];
  if (sanction) await host.call(sanction, { user_id: user, ...(isPrivate ? {} : { channel }) });
  if (role === "blocked") await host.call("block", { user_id: user });

  const claims = {
    ...(isOut ? {} : { guild_id }),
    ...(STAFF.includes(role) ? { roles: [role as Role] } : {}),
  };
  const client = await enter(app, user, { claims });
  const about = { ...named, message_id: others.message_id };

  async function follows(): Promise<void> {
    const { message_id } = await host.call("chat_message", { ...hosts, content: "news" });
    const came = (to: ChatClient) =>
      to.pending("chat_message").some((each) => each.message_id === message_id);
    if (isPrivate) await client.next("chat_message", (each) => each.message_id === message_id);
    else {
      await host.until("its own message", () => came(host) || undefined);
      // What one stream entry brings goes out to all connections at once, and the answer comes after it.
      await client.call("blocked", {});
      if (!came(client)) throw new GameError("forbidden");
    }
  }

  const attempts: Readonly<Record<Letter, Attempt>> = {
    R: () => client.call("history", named),
    F: follows,
    W: () => client.call("chat_message", { ...named, content: "more" }),
    E: () => client.call("edit", { ...named, message_id: own.message_id, content: "own, edited" }),
    O: () => client.call("edit", { ...about, content: "another's, edited" }),
    D: () => client.call("delete", about),
    M: () => client.call("mute", { user_id: `extra-${host.name}`, channel }),
    S: () => client.call("slow_mode", { channel, seconds: 0 }),
    I: () => client.call("channel_invite", { channel, user_id: `stranger-${host.name}` }),
    X: () => client.call("channel_remove", { channel, user_id: `extra-${host.name}` }),
    C: () => client.call("channel_delete", { channel }),
  };
  const letters: string[] = [];
  for (const letter of LETTERS) letters.push(await letterOf(letter, attempts[letter]));
  for (const each of [client, host]) each.disconnect();
  return letters;
}

/** Users to whom no connection is left. */
async function driveUnconnected(app: TestApp, as: string): Promise<string[]> {
  if (as === "guest")
    await assert.rejects(app.connect(chatContract, null), (err: { data?: { code?: string } }) => {
      return err.data?.code === "unauthorized";
    });
  else {
    const host = await enter(app, "host", { claims: { roles: ["moderator"] } });
    await host.call("ban", { user_id: as });
    const outcast = await app.connect(chatContract, as);
    await outcast.nextAny("(disconnect)");
  }
  return LETTERS.map(() => ".");
}

describe("chat: the access matrix", () => {
  let app: TestApp;

  before(async () => {
    app = await startEmbedded({ yaml: "rate_limits: { connection: off, user: off }\n" });
  });
  after(closeAll);

  for (const kind of new Set(rows.map((row) => wordsOf(row)[0])))
    it(`is as the table says for the channel kind ${kind}`, async () => {
      const expected = rows.filter((row) => wordsOf(row)[0] === kind);
      const found = await Promise.all(
        expected.map(async (row) => {
          const [, user] = wordsOf(row);
          const letters = kind === "any" ? await driveUnconnected(app, user) : await drive(app, kind, user);
          return `${kind.padEnd(8)} ${user.padEnd(17)} ${letters.join(" ")}`;
        }),
      );
      assert.equal(found.join("\n"), expected.join("\n"));
    });
});

describe("chat: what a sanction refuses", () => {
  const by: UserId = asId("mod");
  const refusalOf = (kind: SanctionKind, purpose: "read" | "write") => {
    try {
      admit({ [kind]: { until: null, by, reason: "" } }, purpose, 0);
    } catch (err) {
      assert.ok(err instanceof GameError);
      return `${err.code}${isShutOut(err) ? ", shut out" : ""}`;
    }
    return "allowed";
  };

  it("depends on its kind and on the purpose alone", () => {
    const table = (["mute", "kick", "ban"] as const).map((kind) => [
      kind,
      refusalOf(kind, "read"),
      refusalOf(kind, "write"),
    ]);
    assert.deepEqual(table, [
      ["mute", "allowed", "muted"],
      ["kick", "forbidden, shut out", "forbidden, shut out"],
      ["ban", "banned, shut out", "banned, shut out"],
    ]);
  });
});
