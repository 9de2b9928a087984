/**
 * What is another's is answered as what does not exist: the same code, message and details. Every command of every contract stands in
 * the table below, with a pair of payloads or with the reason why it needs none; one that is missing fails the first test.
 */
import assert from "node:assert/strict";
import type { Contract, NamespaceName, Role } from "../../core/contract/contract.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { worldContract } from "../../namespaces/world/index.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { until } from "../support/until.ts";

const CONTRACTS = {
  "/": roomsContract,
  "/game": gameContract,
  "/chat": chatContract,
  "/combat": combatContract,
  "/world": worldContract,
  "/matchmaking": matchmakingContract,
} satisfies Record<NamespaceName, Contract>;

/** Things of others, by name; the pairs of the table name them, or in their place something that does not exist. */
interface Theirs {
  readonly room: string;
  readonly relay: string;
  readonly privateRoom: string;
  readonly playedRoom: string;
  readonly endedRoom: string;
  readonly user: string;
  readonly council: string;
  readonly roomChannel: string;
  readonly message: string;
  readonly fight: string;
  readonly entity: string;
  readonly keptEntity: string;
  readonly party: string;
  readonly checkedMatch: string;
  readonly runningMatch: string;
}

const NOTHING: Theirs = {
  room: "nowhere",
  relay: "nowhere",
  privateRoom: "r_nowhere",
  playedRoom: "r_nowhere",
  endedRoom: "r_nowhere",
  user: "nobody",
  council: "nowhere",
  roomChannel: "room:r_nowhere",
  message: "1:m_nowhere",
  fight: "c_nowhere",
  entity: "nothing",
  keptEntity: "nothing",
  party: "p_nowhere",
  checkedMatch: "m_nowhere",
  runningMatch: "m_nowhere",
};

type Pairs = (of: Theirs) => readonly object[];
const staff = "for staff, who see everything";
const own = "names nothing, or only what is the caller's own";
const everybodys = "what it names is everybody's";
const inChannels =
  (more: (of: Theirs) => object = () => ({})): Pairs =>
  (of) =>
    [of.council, of.roomChannel].map((channel) => ({ channel, ...more(of) }));
const inRooms =
  (more: (of: Theirs) => object = () => ({})): Pairs =>
  (of) =>
    [of.privateRoom, of.playedRoom, of.endedRoom].map((room_id) => ({ room_id, ...more(of) }));

const TABLE: Readonly<Record<NamespaceName, Readonly<Record<string, Pairs | string>>>> = {
  "/": {
    subscribe: everybodys,
    unsubscribe: ({ room }) => [{ room }],
    publish: ({ room }) => [{ room, data: 1 }],
    broadcast: own,
    "relay:join": everybodys,
    "relay:leave": ({ relay }) => [{ room_id: relay }],
    relay: ({ relay }) => [{ room_id: relay, data: "x" }],
  },
  "/game": {
    status: own,
    "user:list": everybodys,
    "presence:watch": everybodys,
    "presence:unwatch": own,
    "room:create": own,
    "room:join": ({ privateRoom }) => [{ room_id: privateRoom }, { room_id: privateRoom, spectate: true }],
    "room:leave": inRooms(),
    "room:list": everybodys,
    "room:mine": own,
    "room:signal": inRooms(({ user }) => ({ data: 1, to: user })),
    "room:start": inRooms(),
    "room:kick": inRooms(({ user }) => ({ user_id: user })),
    "room:rematch": inRooms(),
    "room:state": inRooms(),
    "room:update": inRooms(() => ({ name: "mine now" })),
    "room:watch": everybodys,
    "room:unwatch": own,
    "game:action": inRooms(() => ({ action: "roll" })),
    "game:input": inRooms(() => ({ inputs: [[1]] })),
    "match:replay": (of) => [...inRooms()(of), ...inRooms(() => ({ round: 1 }))(of)],
    announcement: staff,
    achievement: staff,
    player_status: staff,
  },
  "/chat": {
    chat_message: (of) => [
      ...inChannels(() => ({ content: "hello" }))(of),
      { channel: "private", to: of.user, content: "hello" },
    ],
    typing: (of) => [
      ...inChannels(() => ({ typing: true }))(of),
      { channel: "private", to: of.user, typing: true },
    ],
    history: (of) => [...inChannels()(of), { channel: "private", to: of.user }],
    sync: (of) => inChannels()(of).map((name) => ({ cursors: [{ ...name, epoch: "e", offset: 0 }] })),
    read: inChannels(() => ({ offset: 0 })),
    unread: own,
    channels: own,
    edit: inChannels(({ message }) => ({ message_id: message, content: "mine" })),
    delete: inChannels(({ message }) => ({ message_id: message })),
    report: inChannels(({ message }) => ({ message_id: message, reason: "rude" })),
    channel_join: inChannels(),
    channel_leave: inChannels(),
    channel_members: inChannels(),
    channel_list: everybodys,
    block: ({ user }) => [{ user_id: user }],
    unblock: ({ user }) => [{ user_id: user }],
    blocked: own,
    channel_create: staff,
    channel_delete: staff,
    channel_invite: staff,
    channel_remove: staff,
    purge: staff,
    reports: staff,
    audit: staff,
    slow_mode: staff,
    mute: staff,
    unmute: staff,
    kick: staff,
    ban: staff,
    unban: staff,
  },
  "/combat": {
    combat_create: ({ user }) => [
      {
        participants: [
          { id: "eve", kind: "player", team: "a" },
          { id: user, kind: "player", team: "b" },
        ],
      },
    ],
    combat_join: ({ fight }) => [{ combat_session_id: fight }],
    combat_action: ({ fight }) => [{ combat_session_id: fight, action: "attack", target: "ogre" }],
    combat_state: ({ fight }) => [{ combat_session_id: fight }, { combat_session_id: fight, log: true }],
    combat_flee: ({ fight }) => [{ combat_session_id: fight }],
  },
  "/world": {
    enter: everybodys,
    player_movement: everybodys,
    zone_change: everybodys,
    leave: own,
    nearby: own,
    entity_spawn: everybodys,
    entity_update: ({ entity, keptEntity }) => [entity, keptEntity].map((entity_id) => ({ entity_id, x: 1 })),
    entity_despawn: ({ entity, keptEntity }) => [entity, keptEntity].map((entity_id) => ({ entity_id })),
    world_event: staff,
    zone_changed: staff,
  },
  "/matchmaking": {
    queue_join: ({ party }) => [{ game_mode: "classic", party_id: party }],
    preferences: own,
    queue_leave: own,
    match_accept: ({ checkedMatch, runningMatch }) =>
      [checkedMatch, runningMatch].map((match_id) => ({ match_id })),
    match_decline: ({ checkedMatch, runningMatch }) =>
      [checkedMatch, runningMatch].map((match_id) => ({ match_id })),
    match_backfill: ({ checkedMatch, runningMatch }) =>
      [checkedMatch, runningMatch].map((match_id) => ({ match_id })),
    skill_set: staff,
    party_create: own,
    party_invite: ({ user }) => [{ user_id: user }],
    party_join: ({ party }) => [{ party_id: party }],
    party_leave: own,
    party_kick: ({ user }) => [{ user_id: user }],
    party_promote: ({ user }) => [{ user_id: user }],
  },
};

const MODES = { checked: { game: "dash-dice", ready_check: { accept_s: 600 } } };
const YAML = `
matchmaking: { modes: ${JSON.stringify(MODES)} }
rate_limits: { events: { report: off, "match:replay": off } }
`;

/** Ann and Bob make one thing of each kind; Eve is in none of them. */
async function makeTheirs(app: TestApp): Promise<Theirs> {
  const mod = { claims: { roles: ["moderator"] as readonly Role[] } };
  const [annGame, bobGame] = [await app.connect(gameContract, "ann"), await app.connect(gameContract, "bob")];
  const made = async (options: object) =>
    (await annGame.call("room:create", { game: "dash-dice", ...options })).room;
  const played = async () => {
    const { room_id } = await made({ max_players: 2 });
    await bobGame.call("room:join", { room_id });
    await annGame.call("room:start", { room_id });
    return room_id;
  };
  const privateRoom = (await made({ private: true })).room_id;
  const playedRoom = await played();
  const endedRoom = await played();
  await bobGame.call("room:leave", { room_id: endedRoom });
  await until(
    "the game is over",
    async () => (await annGame.call("room:state", { room_id: endedRoom })).room.phase === "ended",
  );

  const staffChat = await app.connect(chatContract, "mod", mod);
  await staffChat.call("channel_create", { channel: "council", access: "invite" });
  await staffChat.call("channel_invite", { channel: "council", user_id: "ann" });
  const annChat = await app.connect(chatContract, "ann");
  await annChat.call("channel_join", { channel: "council" });
  const { message_id } = await annChat.call("chat_message", { channel: "council", content: "secret" });

  const annRooms = await app.connect(roomsContract, "ann");
  await annRooms.call("subscribe", { room: "hall" });
  await annRooms.call("relay:join", { room_id: "studio" });

  const annCombat = await app.connect(combatContract, "ann");
  const { combat_session_id } = await annCombat.call("combat_create", {
    participants: [
      { id: "ann", kind: "player", team: "a" },
      { id: "ogre", kind: "monster", team: "b" },
    ],
  });

  const annWorld = await app.connect(worldContract, "ann");
  await annWorld.call("enter", { zone: "town", x: 0, y: 0 });
  await annWorld.call("entity_spawn", { entity_id: "tree", kind: "tree", x: 1, y: 1 });
  const service = await app.connect(worldContract, "srv", { claims: { roles: ["service"] } });
  await service.call("enter", { zone: "town", x: 0, y: 0 });
  await service.call("entity_spawn", { entity_id: "well", kind: "well", x: 2, y: 2, persistent: true });

  const matched = async (mode: string, users: readonly string[]) => {
    const clients = [];
    for (const user of users) clients.push(await app.connect(matchmakingContract, user));
    for (const client of clients) await client.call("queue_join", { game_mode: mode });
    return (await (clients[0] ?? assert.fail()).next("match_found")).match_id;
  };
  const checkedMatch = await matched("checked", ["cid", "dan"]);
  const runningMatch = await matched("classic", ["fay", "gus"]);
  const leader = await app.connect(matchmakingContract, "ann");
  const { party } = await leader.call("party_create", {});

  return {
    ...{ room: "hall", relay: "studio", privateRoom, playedRoom, endedRoom, user: "ann", council: "council" },
    ...{ roomChannel: `room:${playedRoom}`, message: message_id, fight: combat_session_id },
    ...{ entity: "tree", keptEntity: "well", party: party.party_id, checkedMatch, runningMatch },
  };
}

/** An error whole; of a success only what it consists of, since names and times differ. */
const shapeOf = (ack: unknown): unknown => {
  const answer = ack as Readonly<Record<string, unknown>>;
  return answer.ok === true ? Object.keys(answer).sort() : answer.error;
};

describe("the table of uniform refusals", () => {
  it("has every command of every contract, and no others", () => {
    for (const [namespace, contract] of Object.entries(CONTRACTS))
      assert.deepEqual(
        Object.keys(TABLE[contract.namespace]).sort(),
        Object.keys(contract.commands).sort(),
        `${namespace}: say of each command how it answers for what is another's`,
      );
  });

  it("takes for staff's only what needs a role", () => {
    for (const { namespace, commands } of Object.values<Contract>(CONTRACTS))
      for (const [name, entry] of Object.entries(TABLE[namespace]))
        if (entry === staff) assert.ok(commands[name]?.roles, `${namespace} ${name}`);
  });
});

type Ask = (name: string, payload: object) => Promise<unknown>;

/** How a stranger asks, over each kind of connection, to the last worker. */
const kinds: Readonly<Record<string, (app: TestApp, contract: Contract) => Promise<Ask>>> = {
  async "Socket.IO"(app, contract) {
    const eve = await app.connect(contract, "eve", { worker: app.workers.length > 1 ? 1 : 0 });
    return (name, payload) => eve.raw(name, payload);
  },
  async "plain WebSocket"(app, { namespace }) {
    const path = namespace === "/" ? "/ws" : `/ws${namespace}`;
    const plain = openPlain(app.urls.at(-1) ?? app.url, path, { query: { token: app.token("eve") } });
    await plain.opened();
    if (namespace === "/matchmaking") return (name, payload) => plain.callEnveloped(name, { ...payload });
    return (name, payload) => plain.call(name, { ...payload });
  },
};

onEachSetup((setup) => {
  describe("what is another's", () => {
    afterEach(closePlain);

    for (const [kind, connect] of Object.entries(kinds))
      it(`is answered as what does not exist, by every command, over ${kind}`, async () => {
        const app = await setup.start({ yaml: YAML });
        const theirs = await makeTheirs(app);
        const different: string[] = [];
        for (const contract of Object.values<Contract>(CONTRACTS)) {
          const ask = await connect(app, contract);
          if (contract.namespace === "/world") await ask("enter", { zone: "town", x: 1, y: 1 });
          if (contract.namespace === "/matchmaking") await ask("party_create", {});
          for (const [name, pairs] of Object.entries(TABLE[contract.namespace])) {
            if (typeof pairs === "string") continue;
            const absent = pairs(NOTHING);
            for (const [at, payload] of pairs(theirs).entries()) {
              const [one, other] = [await ask(name, payload), await ask(name, absent[at] ?? {})];
              const [there, nowhere] = [shapeOf(one), shapeOf(other)].map((shape) => JSON.stringify(shape));
              if (there !== nowhere)
                different.push(`${name} ${JSON.stringify(payload)}: ${there}, and of nothing ${nowhere}`);
            }
          }
        }
        assert.deepEqual(different, []);
      });
  });
});
