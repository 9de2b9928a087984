/** A bit of everything that users do, in all namespaces, some of it left as it was when they went. */
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import type { TestApp } from "./app.ts";
import { post } from "./http.ts";

/** Where it happens: servers of a test, or of a fault run. */
export type Place = Pick<TestApp, "connect" | "token" | "url">;

type Who = (name: string) => string;

const second = { worker: 1 } as const;
const service = { claims: { roles: ["service"] } } as const;
const moderator = { claims: { roles: ["moderator"] } } as const;

async function rooms(app: Place, who: Who): Promise<void> {
  const ann = await app.connect(roomsContract, who("ann"));
  const bob = await app.connect(roomsContract, who("bob"), second);
  for (const client of [ann, bob]) await client.call("subscribe", { room: who("lounge") });
  await ann.call("publish", { room: who("lounge"), data: Buffer.from([1]), client_msg_id: "m1" });
  await ann.call("publish", { room: who("lounge"), data: "hi" });
  await bob.call("subscribe", { room: who("only read"), since: { epoch: "e", offset: 0 } });
  await bob.call("unsubscribe", { room: who("lounge") });
  await ann.call("relay:join", { room_id: who("relayed") });
  await ann.call("relay", { room_id: who("relayed"), data: "raw" });
}

/** @returns a room that is there still */
async function games(app: Place, who: Who): Promise<string> {
  const [ann, bob, cid] = await Promise.all([
    app.connect(gameContract, who("ann"), { claims: { guild_id: "red" } }),
    app.connect(gameContract, who("bob"), second),
    app.connect(gameContract, who("cid")),
  ]);
  await ann.call("status", { status: "busy", text: "in a game" });
  await bob.call("status", { status: "invisible" });
  await cid.call("status", { status: "away" });
  await cid.call("status", { status: "online" });
  const make = async (options: object) => (await ann.call("room:create", options)).room;
  const open = await make({ game: "dash-dice", options: { target: 10, mode: "quickfire" } });
  await bob.call("room:join", { room_id: open.room_id });
  await ann.call("room:start", { room_id: open.room_id });
  await bob.next("game_started");
  await ann.raw("game:action", { room_id: open.room_id, action: "roll", action_id: "a1" });
  const hidden = await make({ game: "relay", private: true });
  await cid.call("room:join", { join_code: hidden.join_code ?? "" });
  await ann.call("room:start", { room_id: hidden.room_id });
  await ann.call("game:action", { room_id: hidden.room_id, action: "set", args: { state: { n: 1 } } });
  const closed = await make({ game: "relay" });
  await bob.call("room:join", { room_id: closed.room_id });
  await ann.call("room:kick", { room_id: closed.room_id, user_id: who("bob") });
  await ann.call("room:leave", { room_id: closed.room_id });
  const watched = await make({ game: "goofspiel" });
  await cid.call("room:join", { room_id: watched.room_id, spectate: true });
  return open.room_id;
}

async function chat(app: Place, who: Who, room: string): Promise<void> {
  const ann = await app.connect(chatContract, who("ann"), { claims: { guild_id: "red" } });
  const bob = await app.connect(chatContract, who("bob"), second);
  const mod = await app.connect(chatContract, who("mod"), moderator);
  const global = { channel: "global" };
  const { message_id, offset } = await ann.call("chat_message", {
    ...global,
    content: "a",
    client_msg_id: "c1",
  });
  await ann.call("edit", { ...global, message_id, content: "b" });
  await bob.call("report", { ...global, message_id, reason: "no" });
  await bob.call("read", { ...global, offset });
  await ann.call("chat_message", { channel: "guild", content: "to the guild" });
  const { message_id: private_id } = await ann.call("chat_message", {
    channel: "private",
    to: who("nobody ever"),
    content: "are you there?",
  });
  await ann.call("edit", {
    channel: "private",
    to: who("nobody ever"),
    message_id: private_id,
    content: "hello?",
  });
  await ann.call("chat_message", { channel: "private", to: who("bob"), content: "psst" });
  await ann.call("delete", { ...global, message_id });
  for (const user_id of [who("bob"), who("somebody else")]) await ann.call("block", { user_id });
  for (const user_id of [who("bob"), who("somebody else")]) await ann.call("unblock", { user_id });
  await mod.call("mute", { user_id: who("ann"), ...global, duration_s: 60 });
  await mod.call("unmute", { user_id: who("ann"), ...global });
  await mod.call("ban", { user_id: who("troll"), duration_s: 3_600 });
  await mod.call("slow_mode", { ...global, seconds: 5 });
  await bob.call("chat_message", { ...global, content: "slowly" });
  await mod.call("slow_mode", { ...global, seconds: 0 });
  await mod.call("slow_mode", { channel: `room:${room}`, seconds: 5 });
  await mod.call("ban", { channel: `room:${room}`, user_id: who("bob") });
  await mod.call("channel_create", { channel: who("trade") });
  await bob.call("channel_join", { channel: who("trade") });
  await bob.call("chat_message", { channel: who("trade"), content: "wood for sheep" });
  await mod.call("mute", { user_id: who("troll"), channel: who("trade") });
  await mod.call("ban", { user_id: who("bob"), channel: who("trade") });
  await mod.call("unban", { user_id: who("bob"), channel: who("trade") });
  await mod.call("slow_mode", { channel: who("trade"), seconds: 10 });
  await mod.call("channel_create", { channel: who("secret"), access: "invite" });
  await mod.call("channel_invite", { channel: who("secret"), user_id: who("nobody ever") });
  await ann.call("channel_join", { channel: who("trade") });
  await ann.call("channel_leave", { channel: who("trade") });
  await mod.call("purge", { channel: "global", user_id: who("bob") });
  for (const channel of [who("trade"), who("secret")]) await mod.call("channel_delete", { channel });
}

async function fights(app: Place, who: Who): Promise<void> {
  const ann = await app.connect(combatContract, who("ann"));
  const bob = await app.connect(combatContract, who("bob"), second);
  const player = (id: string, team: number) => ({ id, kind: "player" as const, team });
  const duel = { participants: [player(who("ann"), 1), player(who("bob"), 2)], turn_seconds: 30 };
  const { combat_session_id } = await ann.call("combat_create", { ...duel, request_id: "f1" });
  for (const client of [ann, bob]) await client.call("combat_join", { combat_session_id });
  await bob.next("combat_started");
  await ann.raw("combat_action", { combat_session_id, action: "attack", target: who("bob"), action_id: "x" });
  await ann.call("combat_create", { participants: [player(who("ann"), 1), player(who("nobody ever"), 2)] });
}

async function world(app: Place, who: Who): Promise<void> {
  const ann = await app.connect(worldContract, who("ann"));
  const srv = await app.connect(worldContract, who("srv"), { ...service, ...second });
  for (const client of [ann, srv]) await client.call("enter", { zone: who("hall"), x: 0, y: 0 });
  ann.socket.emit("player_movement", { x: 1, y: 0 });
  await ann.call("entity_spawn", { entity_id: "pet", kind: "cat", x: 0, y: 0, data: { name: "Mia" } });
  await srv.call("entity_spawn", { entity_id: "tree", kind: "tree", x: 1, y: 1, persistent: true });
  await srv.call("entity_update", { entity_id: "tree", x: 2 });
  await srv.call("entity_despawn", { entity_id: "tree" });
  await ann.call("zone_change", { zone: who("yard"), x: 0, y: 0 });
}

async function matches(app: Place, who: Who): Promise<void> {
  const [ann, bob, cid] = await Promise.all(
    [who("ann"), who("bob"), who("cid")].map((name, at) =>
      app.connect(matchmakingContract, name, at === 1 ? second : {}),
    ),
  );
  if (!ann || !bob || !cid) throw new Error("three came");
  const srv = await app.connect(matchmakingContract, who("srv"), service);
  await srv.call("skill_set", { user_id: who("ann"), game_mode: "classic", skill: 3 }).catch(() => undefined);
  const { party } = await cid.call("party_create", {});
  await cid.call("party_invite", { user_id: who("bob") });
  await cid.call("party_invite", { user_id: who("nobody ever") });
  await bob.call("party_join", { party_id: party.party_id });
  await bob.call("party_leave", {});
  await bob.call("queue_join", { game_mode: "ready", request_id: "q1" });
  await ann.call("queue_join", { game_mode: "ready" });
  const { match_id } = await ann.next("match_found");
  await bob.next("match_found");
  await ann.call("match_accept", { match_id });
  await bob.call("match_decline", { match_id });
  await ann.next("match_cancelled");
  await ann.call("queue_leave", {});
  for (const client of [ann, srv]) await client.call("queue_join", { game_mode: "classic" });
  await ann.next("game_started");
  await cid.call("queue_join", { game_mode: "classic", party_id: party.party_id }).catch(() => undefined);
}

async function http(app: Place, who: Who): Promise<void> {
  const ask = {
    token: app.token(who("srv"), { roles: ["service"] }),
    headers: { "idempotency-key": who("once").replaceAll(" ", "") },
  };
  const to = `${app.url}/api/websocket`;
  const hello = { message_type: "hello", data: { n: 1 }, reliable: true };
  await post(to, { ...hello, user_ids: [who("ann"), who("nobody ever")], namespace: "/game" }, ask);
  await post(`${app.url}/api/tokens/revoke`, { user_id: who("gone") }, { token: ask.token });
}

export const MODES = { ready: { game: "dash-dice", ready_check: { accept_s: 15, cool_down_s: 30 } } };
export const YAML = `matchmaking:\n  modes: ${JSON.stringify(MODES)}\n`;

/** All of it; the clients are left connected. @param who names users and what they share */
export async function mix(app: Place, who: Who = (name) => name): Promise<void> {
  await rooms(app, who);
  await chat(app, who, await games(app, who));
  for (const part of [fights, world, matches, http]) await part(app, who);
}
