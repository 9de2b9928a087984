/** Row 25: what belongs to others: their rooms, parties, guilds, matches, and the rooms that the server itself uses. */
import { openSocket, within } from "./clients.ts";
import { enter, type Player, served } from "./player.ts";
import { abuseRow } from "./row.ts";
import type { Target } from "./target.ts";

/** In everything that the others say: whoever else hears it has been told what is not theirs. */
const MARK = "between-us";

const PLACES = ["chat", "game", "combat", "matchmaking", "world"] as const;
type Place = (typeof PLACES)[number];
type Member = Readonly<Record<Place, Player>>;

async function member(target: Target, user: string, guildId?: string): Promise<Member> {
  const entered = await Promise.all(
    PLACES.map(async (place, at): Promise<[Place, Player]> => {
      const url = target.urls[at % target.urls.length] ?? target.urls[0];
      const token = target.token(user, guildId === undefined ? {} : { guildId });
      return [place, await enter(url, `/ws/${place}`, token)];
    }),
  );
  return Object.fromEntries(entered) as Record<Place, Player>;
}

/** The names that two users have made by playing together. */
interface Theirs {
  readonly room: string;
  readonly fight: string;
  readonly party: string;
  readonly message: string;
}

async function settle(ann: Member, bob: Member): Promise<Theirs> {
  const { room } = await served(ann.game, "room:create", { game: "dash-dice", private: true, name: MARK });
  const { room_id, join_code } = room as { room_id: string; join_code: string };
  await served(bob.game, "room:join", { join_code });
  await served(ann.game, "room:start", { room_id });
  const fight = await served(ann.combat, "combat_create", {
    participants: [
      { id: "ann", kind: "player", team: 1 },
      { id: "bob", kind: "player", team: 2 },
    ],
  });
  await served(ann.matchmaking, "party_create");
  const invited = await served(ann.matchmaking, "party_invite", { user_id: "bob" });
  await served(bob.matchmaking, "party_join", { party_id: invited.party_id });
  const said = await served(ann.chat, "chat_message", { channel: "guild", content: MARK });
  return {
    room: room_id,
    fight: String(fight.combat_session_id),
    party: String(invited.party_id),
    message: String(said.message_id),
  };
}

/** Names of rooms as a server might use them. A client that takes one for its own room hears what is said there by clients, and no more. */
const internal = (of: Theirs) => [
  ...[
    "user:ann",
    "u:ann",
    "#ann",
    "ann",
    "guild:reds",
    "private:ann:bob",
    "global",
    `party:${of.party}`,
    of.party,
  ],
  ...[
    `room:${of.room}`,
    of.room,
    `game:${of.room}`,
    `combat:${of.fight}`,
    of.fight,
    "zone:arena",
    "zone:arena:0:batch",
  ],
];

/** What is asked for that is another's. */
const asked = (of: Theirs): readonly (readonly [Place, string, object])[] => [
  ["chat", "channel_join", { channel: `room:${of.room}` }],
  ["chat", "channel_join", { channel: "guild:reds" }],
  ["chat", "chat_message", { channel: "guild", content: "let me in" }],
  ["chat", "chat_message", { channel: "party", content: "let me in" }],
  ["chat", "chat_message", { channel: `room:${of.room}`, content: "let me in" }],
  ["chat", "history", { channel: "guild" }],
  ["chat", "edit", { channel: "guild", message_id: of.message, content: "mine" }],
  ["chat", "delete", { channel: "guild", message_id: of.message }],
  ["game", "room:join", { room_id: of.room }],
  ["game", "room:join", { room_id: of.room, spectate: true }],
  ["game", "room:state", { room_id: of.room }],
  ["game", "room:kick", { room_id: of.room, user_id: "bob" }],
  ["game", "room:signal", { room_id: of.room, data: "let me in" }],
  ["game", "game:action", { room_id: of.room, action: "roll" }],
  ["game", "match:replay", { room_id: of.room }],
  ["combat", "combat_join", { combat_session_id: of.fight }],
  ["combat", "combat_state", { combat_session_id: of.fight, log: true }],
  ["combat", "combat_action", { combat_session_id: of.fight, action: "attack", target: "ann" }],
  ["combat", "combat_flee", { combat_session_id: of.fight }],
  ["matchmaking", "party_join", { party_id: of.party }],
  ["matchmaking", "party_kick", { user_id: "bob" }],
  ["matchmaking", "party_promote", { user_id: "mallory" }],
];

const tells = (frame: unknown) => JSON.stringify(frame).includes(MARK);

export const foreign = abuseRow({
  id: "25",
  title: "what belongs to others: parties, guilds, matches, rooms of the server's",
  tried:
    "22 commands with others' ids and with ids of nothing; 16 names of inner rooms, on every path, while the others talk",
  mustHold: "one refusal for what is another's and what is not there, leaks 0",
  async attack(target) {
    const [ann, bob, mallory] = await Promise.all([
      member(target, "ann", "reds"),
      member(target, "bob", "reds"),
      member(target, "mallory"),
    ]);
    const theirs = await settle(ann, bob);
    const nothing = { room: "r_nowhere", fight: "c_nowhere", party: "p_nowhere", message: "1:m_nowhere" };
    const eavesdroppers: Player[] = [];
    for (const [at, name] of internal(theirs).entries()) {
      const url = target.urls[at % target.urls.length] ?? target.urls[0];
      const one = await enter(url, "/ws", target.token("mallory"));
      await one.call("subscribe", { room: name });
      await one.call("publish", { room: name, data: "let me in" });
      eavesdroppers.push(one);
      const byPath = openSocket(url, `/ws/${encodeURIComponent(name)}?token=${target.token("mallory")}`);
      byPath.ws.on("message", (data) =>
        target.expect(!tells(String(data)), `${name} as a path tells what others say`),
      );
      await within(byPath.status);
      byPath.ws.terminate();
    }
    do {
      await Promise.all([
        served(ann.chat, "chat_message", { channel: "guild", content: `${MARK} ${target.draws.below(1e9)}` }),
        served(bob.chat, "chat_message", { channel: "party", content: `${MARK} ${target.draws.below(1e9)}` }),
        served(ann.chat, "chat_message", {
          channel: "private",
          to: "bob",
          content: `${MARK} ${target.draws.below(1e9)}`,
        }),
      ]);
      const others = asked(nothing);
      for (const [at, [place, type, payload]] of asked(theirs).entries()) {
        const answer = await mallory[place].call(type, payload);
        const same = await mallory[place].call(type, others[at]?.[2]);
        const code = answer === "late" ? "late" : (answer.error?.code ?? "served");
        target.note(code);
        if (code === "rate_limited" || same === "late" || same.error?.code === "rate_limited") continue;
        target.expect(code !== "served" && code !== "late", `${type} ${JSON.stringify(payload)} was ${code}`);
        target.expect(
          answer !== "late" && JSON.stringify(answer.error) === JSON.stringify(same.error),
          `${type} tells what is there: ${JSON.stringify(answer)} is not ${JSON.stringify(same)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    } while (target.goesOn());
    const leaks = [...Object.values(mallory), ...eavesdroppers].flatMap(({ heard }) => heard).filter(tells);
    target.note("leaks", leaks.length);
    target.expect(leaks.length === 0, `mallory was told ${JSON.stringify(leaks[0])}`);
    const heard = [...Object.values(ann), ...Object.values(bob)].flatMap((player) => player.heard);
    target.expect(heard.some(tells), "the others do not hear each other either");
    target.expect(
      !heard.some((frame) => JSON.stringify(frame).includes("let me in")),
      "the others were told what mallory said",
    );
    await served(ann.game, "room:leave", { room_id: theirs.room });
    for (const one of [ann, bob]) await served(one.matchmaking, "party_leave");
    for (const { ws } of [ann, bob, mallory].flatMap((one) => Object.values(one))) ws.terminate();
    for (const { ws } of eavesdroppers) ws.terminate();
  },
});

/** As often as the others may talk. */
const PAUSE_MS = 1_000;
