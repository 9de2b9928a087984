/** Sequences of commands for each namespace: toggles above all, because of two of them the last one must hold. */
import type { Draws } from "../random.ts";
import { type Command, codeOf, must, type Player, type Script } from "./script.ts";

/** Makes a script's parts agree on what `prepare` gives, and then forgets it. */
const script = <P>(parts: Script<P>): Script => parts as Script;

const oneOf = (draws: Draws, commands: readonly (readonly [event: string, input?: object])[]): Command => {
  const [event, input = {}] = draws.pick(commands);
  return { event, input };
};

interface Message {
  readonly content?: string;
  readonly data?: unknown;
}

const rooms = script<{ readonly witness: Player }>({
  namespace: "/",
  async prepare(world) {
    return { witness: await world.join(`${world.id}-witness`) };
  },
  draw(draws, half, _prepared, world) {
    const room = `${world.id}-room-${half}-${draws.below(2)}`;
    const data = draws.below(1_000_000);
    const relayed = { room_id: `${world.id}-relay-${half}-${draws.below(2)}` };
    return oneOf(draws, [
      ["subscribe", { room }],
      ["unsubscribe", { room }],
      ["publish", { room, data }],
      ["publish", { room, data, client_msg_id: `${data}` }],
      ["relay:join", relayed],
      ["relay:leave", relayed],
      ["relay", { ...relayed, data: "x" }],
    ]);
  },
  async snapshot(player, { witness }, world) {
    const found: unknown[] = [];
    for (const half of [0, 1])
      for (const at of [0, 1]) {
        const room = `${world.id}-room-${half}-${at}`;
        const joined = await must(witness, "subscribe", { room });
        const all = await must(witness, "subscribe", {
          room,
          since: { epoch: joined.epoch, offset: 0 },
        });
        found.push((all.messages as Message[]).map(({ data }) => data));
        found.push(codeOf(await player.send("publish", { room, data: 0 })));
        const relayed = { room_id: `${world.id}-relay-${half}-${at}`, data: "x" };
        found.push(codeOf(await player.send("relay", relayed)));
      }
    return found;
  },
  pick: (event, { offset }) => (event === "publish" ? offset : undefined),
});

const chat = script<{ readonly witness: Player }>({
  namespace: "/chat",
  roles: ["moderator"],
  async prepare(world) {
    const witness = await world.join(`${world.id}-witness`, ["moderator"]);
    for (const half of [0, 1]) await must(witness, "channel_create", { channel: `${world.id}-club-${half}` });
    return { witness };
  },
  draw(draws, half, _prepared, world) {
    const channel = `${world.id}-club-${half}`;
    const user_id = `${world.id}-other-${half}`;
    const content = `said ${draws.below(1_000_000)}`;
    return oneOf(draws, [
      ["block", { user_id }],
      ["unblock", { user_id }],
      ["blocked"],
      ["channel_join", { channel }],
      ["channel_leave", { channel }],
      ["chat_message", { channel, content }],
      ["chat_message", { channel, content, client_msg_id: content }],
      ["history", { channel, limit: 5 }],
      ["mute", { user_id, channel }],
      ["unmute", { user_id, channel }],
      ["ban", { user_id, channel }],
      ["unban", { user_id, channel }],
      ["slow_mode", { channel, seconds: draws.below(4) }],
      ["typing", { channel, typing: true }],
      ["channels"],
    ]);
  },
  async snapshot(player, { witness }, world) {
    const found: unknown[] = [];
    const blocked = (await must(player, "blocked", {})).user_ids as string[];
    const listed = (await must(player, "channels", {})).channels as { channel: string }[];
    for (const half of [0, 1]) {
      const channel = `${world.id}-club-${half}`;
      found.push(blocked.includes(`${world.id}-other-${half}`));
      found.push(listed.some((one) => one.channel === channel));
      const { messages } = await must(witness, "history", { channel, limit: 100 });
      found.push((messages as Message[]).flatMap(({ content }) => content ?? []));
      const other = await world.join(`${world.id}-other-${half}`);
      found.push(codeOf(await other.send("channel_join", { channel })));
      found.push(codeOf(await other.send("chat_message", { channel, content: "may I?" })));
      found.push(codeOf(await other.send("chat_message", { channel, content: "again?" })));
      other.close();
    }
    return found;
  },
});

interface Room {
  readonly room_id: string;
  readonly phase: string;
  readonly players: readonly { readonly user_id: string; readonly connected: boolean }[];
}

const game = script<{ readonly witness: Player; readonly others: string[]; readonly own: string[] }>({
  namespace: "/game",
  settles: true,
  async prepare(world) {
    const witness = await world.join(`${world.id}-witness`);
    const player = await world.join(world.user);
    const made = async (by: Player) =>
      ((await must(by, "room:create", { game: "relay", max_players: 4 })).room as Room).room_id;
    const others = [await made(witness), await made(witness)];
    const own = [await made(player), await made(player)];
    player.close();
    return { witness, others, own };
  },
  draw(draws, half, { others, own }, world) {
    const room_id = draws.pick([others[half], own[half]]) ?? "";
    const user_id = `${world.id}-witness`;
    return oneOf(draws, [
      ["room:join", { room_id }],
      ["room:leave", { room_id: others[half] }],
      ["room:join", { room_id: others[half] }],
      ["room:signal", { room_id, data: 1 }],
      ["room:start", { room_id }],
      ["game:action", { room_id, action: "set", args: { state: draws.below(1_000) } }],
      ["room:kick", { room_id, user_id }],
      ["room:rematch", { room_id }],
      ["room:state", { room_id }],
      ["room:mine"],
      ...(half === 0
        ? ([
            ["status", { status: draws.pick(["online", "away", "busy"]), text: `${draws.below(9)}` }],
            ["status", { status: "invisible" }],
            ["presence:watch", { user_ids: [user_id] }],
            ["presence:unwatch"],
          ] as const)
        : []),
    ]);
  },
  async snapshot(player, { witness, others, own }, world) {
    const found: unknown[] = [];
    for (const room_id of [...others, ...own]) {
      const seen = await player.send("room:state", { room_id });
      const room = seen.room as Room | undefined;
      found.push([
        codeOf(seen),
        room?.phase,
        room?.players.map(({ user_id, connected }) => [user_id.replace(world.id, ""), connected]),
        seen.version,
        seen.state,
      ]);
    }
    const mine = (await must(player, "room:mine", {})).rooms as Room[];
    found.push([...others, ...own].map((id) => mine.some(({ room_id }) => room_id === id)));
    const { users } = await must(witness, "user:list", { limit: 500 });
    const listed = (users as { user_id: string; status: string; text?: string | null }[]).find(
      ({ user_id }) => user_id === world.user,
    );
    found.push(listed && [listed.status, listed.text]);
    return found;
  },
  pick: (event, { version }) => (event === "game:action" ? version : undefined),
});

const combat = script<{ readonly fights: string[] }>({
  namespace: "/combat",
  async prepare(world) {
    const witness = await world.join(`${world.id}-witness`);
    const fights: string[] = [];
    for (let i = 0; i < 2; i++) {
      const made = await must(witness, "combat_create", {
        participants: [
          { id: `${world.id}-witness`, kind: "player", team: 1 },
          { id: world.user, kind: "player", team: 2 },
        ],
        turn_seconds: 600,
      });
      fights.push(String(made.combat_session_id));
    }
    return { fights };
  },
  draw(draws, half, { fights }) {
    const combat_session_id = fights[half];
    return oneOf(draws, [
      ["combat_join", { combat_session_id }],
      ["combat_join", { combat_session_id, spectate: true }],
      ["combat_state", { combat_session_id }],
      ["combat_action", { combat_session_id, action: "defend" }],
      ["combat_flee", { combat_session_id }],
      ["combat_action", { combat_session_id, action: "nothing of the kind" }],
    ]);
  },
  async snapshot(player, { fights }) {
    const found: unknown[] = [];
    for (const combat_session_id of fights) {
      const seen = await player.send("combat_state", { combat_session_id });
      const state = seen.state as { phase?: unknown; status?: unknown; turn?: unknown } | undefined;
      found.push([codeOf(seen), seen.version, state?.phase, state?.status, state?.turn]);
    }
    return found;
  },
});

interface Seen {
  readonly user_id?: string;
  readonly entity_id?: string;
  readonly x: number;
  readonly y: number;
}

const world = script<{ readonly witness: Player }>({
  namespace: "/world",
  settles: true,
  async prepare(w) {
    return { witness: await w.join(`${w.id}-witness`) };
  },
  draw(draws, half, _prepared, w) {
    // Where they go first is at one place, so that no speed limit has a word in it.
    const place = { zone: `${w.id}-zone-${half}`, x: 1, y: 1 };
    const entity_id = `${w.id}-entity-${half}-${draws.below(2)}`;
    return oneOf(draws, [
      ["enter", place],
      ["zone_change", { ...place, zone: `${w.id}-zone-${half}-b` }],
      ["leave"],
      ["nearby"],
      ["player_movement", { x: 1 + draws.below(10) / 10_000, y: 1 }],
      ["entity_spawn", { entity_id, kind: "crate", x: 1, y: 1 }],
      ["entity_update", { entity_id, data: draws.below(100) }],
      ["entity_despawn", { entity_id }],
    ]);
  },
  async snapshot(_player, { witness }, w) {
    const found: unknown[] = [];
    for (const zone of [`${w.id}-zone-0`, `${w.id}-zone-0-b`, `${w.id}-zone-1`, `${w.id}-zone-1-b`]) {
      await must(witness, "enter", { zone, x: 1, y: 1 });
      const { players, entities } = await must(witness, "nearby", {});
      found.push((players as Seen[]).filter(({ user_id }) => user_id === w.user).map(({ x, y }) => [x, y]));
      found.push((entities as Seen[]).map(({ entity_id }) => entity_id?.replace(w.id, "")).sort());
    }
    await must(witness, "leave", {});
    return found;
  },
});

const matchmaking = script<undefined>({
  namespace: "/matchmaking",
  async prepare() {
    return undefined;
  },
  draw(draws, half, _prepared, w) {
    if (half === 1)
      return oneOf(draws, [
        ["party_create"],
        ["party_leave"],
        ["party_invite", { user_id: `${w.id}-friend-${draws.below(2)}` }],
        ["party_kick", { user_id: `${w.id}-friend-${draws.below(2)}` }],
      ]);
    return oneOf(draws, [
      ["queue_join", { game_mode: "alone" }],
      ["queue_join", { game_mode: "alone", request_id: `${draws.below(3)}` }],
      ["queue_leave"],
      ["preferences", { properties: { level: draws.below(5) } }],
      ["match_accept", { match_id: "none" }],
    ]);
  },
  async snapshot(player) {
    const inParty = codeOf(await player.send("party_leave", {}));
    return [inParty, codeOf(await player.send("queue_leave", {}))];
  },
});

export const SCRIPTS: readonly Script[] = [rooms, chat, game, combat, world, matchmaking];
