/** Rows 11 to 13: what is sent more than once, by two devices, on two workers. */
import type { Muster } from "../../client/index.ts";
import { CommandError, connectMuster } from "../../client/index.ts";
import { checkEffects, type Effect } from "../effects.ts";
import type { Row } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";
import { until } from "../waiting.ts";

/** A device of a user at one worker, with the helper's patience. */
export function device(
  stage: Stage,
  user: string,
  url: string | undefined,
  more: { guildId?: string } = {},
): Muster {
  return connectMuster({
    url: url ?? stage.balancer.url,
    token: stage.token(user, more),
    withinMs: 60_000,
    answerMs: 3_000,
    minDelayMs: 100,
    maxDelayMs: 500,
    manager: { transports: ["websocket"], forceNew: true },
  });
}

/** Sends the same command many times from both devices; some of it after every worker was killed and started again. */
async function sendOften(
  stage: Stage,
  times: number,
  send: (at: number) => Promise<unknown>,
): Promise<string[]> {
  const answers = new Set<string>();
  const AT_ONCE = 50;
  for (let at = 0; at < times; at += AT_ONCE) {
    if (at >= times / 2 && at - AT_ONCE < times / 2)
      for (const worker of stage.workers) {
        await worker.end("SIGKILL");
        await worker.start();
      }
    const some = Array.from({ length: Math.min(AT_ONCE, times - at) }, (_, i) => send(at + i));
    for (const answer of await Promise.all(some)) answers.add(JSON.stringify(answer));
  }
  return [...answers];
}

export const sameCommand: Row = {
  id: "11",
  title: "the same command id a thousand times, on two workers, over a restart",
  async run({ quick, progress }) {
    const stage = await openStage();
    const [one, other] = stage.workers.map(({ url }) => device(stage, "ann", url, { guildId: "g" }));
    const bob = device(stage, "bob", stage.workers[1]?.url);
    try {
      if (!one || !other) throw new Error("two workers are needed");
      const of = (at: number) => (at % 2 === 0 ? one : other);
      const times = quick ? 100 : 1_000;
      const effects: Effect[] = [];

      const message = { channel: "guild", content: "once", client_msg_id: "message" };
      const said = await sendOften(stage, times, async (at) => {
        const { message_id, offset } = await of(at).in("/chat").call("chat_message", message);
        return { message_id, offset };
      });
      const page = await one.in("/chat").call("history", { channel: "guild", limit: 100 });
      effects.push({ id: "chat_message", answers: said, effects: page.messages.length });
      progress("chat_message");

      const room = "once";
      for (const muster of [one, other]) await muster.rooms.follow(room, { message() {} });
      const publish = { room, data: 1, client_msg_id: "publish" };
      const published = await sendOften(stage, times, async (at) => {
        // After a restart the room is followed again at the same time as this is sent.
        for (;;)
          try {
            const { epoch, offset } = await of(at).in("/").call("publish", publish);
            return { epoch, offset };
          } catch (error) {
            if (!(error instanceof CommandError) || error.code !== "not_subscribed") throw error;
            await of(at).in("/").call("subscribe", { room });
          }
      });
      const { offset } = await one.in("/").call("subscribe", { room });
      effects.push({ id: "publish", answers: published, effects: offset });
      progress("publish");

      const { room: made } = await one.in("/game").call("room:create", { game: "dash-dice" });
      await bob.in("/game").call("room:join", { room_id: made.room_id });
      const { version } = await one.in("/game").call("room:start", { room_id: made.room_id });
      const { state } = await one.in("/game").call("room:state", { room_id: made.room_id });
      const turn = (state as { turn: string }).turn;
      const bobs = device(stage, "bob", stage.workers[0]?.url);
      const actors = turn === "ann" ? [one, other] : [bob, bobs];
      const rolled = await sendOften(stage, times, (at) =>
        (actors[at % 2] ?? one)
          .in("/game")
          .call("game:action", { room_id: made.room_id, action: "roll", args: {}, action_id: "roll" }),
      );
      const now = await one.in("/game").call("room:state", { room_id: made.room_id });
      effects.push({ id: "game:action", answers: rolled, effects: now.version - version });
      bobs.close();
      return {
        verdict: checkEffects(effects),
        figures: `3 commands, each sent ${times} times, 6 kill -9 in between`,
        problems: [],
      };
    } finally {
      for (const muster of [one, other, bob]) muster?.close();
      await stage.close();
    }
  },
};

/** One answer of a race: its text, or the code it was refused with. */
async function settled(
  command: Promise<object>,
): Promise<{ ok: boolean; text: string; error?: CommandError }> {
  try {
    return { ok: true, text: JSON.stringify(await command) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { ok: false, text: error.code, error };
  }
}

export const twoDevices: Row = {
  id: "12",
  title: "two devices act on one combat turn",
  async run({ quick, draws }) {
    const stage = await openStage();
    const [one, other] = stage.workers.map(({ url }) => device(stage, "ann", url));
    try {
      if (!one || !other) throw new Error("two workers are needed");
      const effects: Effect[] = [];
      const problems = new Set<string>();
      const races = quick ? 30 : 1_000;
      let fight = "";
      while (effects.length < races) {
        if (fight === "") fight = await hunt(one, other);
        const { state, version } = await one.in("/combat").call("combat_state", { combat_session_id: fight });
        if (state.phase !== "running" || state.actor !== "ann") {
          fight = "";
          continue;
        }
        const move = { combat_session_id: fight, action: "attack", version };
        const pair = draws.below(2) === 0 ? [one, other] : [other, one];
        const outcomes = await Promise.all(
          pair.map((muster) => settled(muster.in("/combat").call("combat_action", { ...move }))),
        );
        const winners = outcomes.filter(({ ok }) => ok);
        for (const { error } of outcomes)
          if (error && (error.code !== "stale_version" || !("state" in error.details)))
            problems.add(`the loser got ${error.code} ${Object.keys(error.details).join(" ")}`);
        effects.push({
          id: `${fight}:${version}`,
          answers: winners.length > 0 ? [winners[0]?.text ?? ""] : [],
          effects: winners.length,
        });
      }
      return { verdict: checkEffects(effects), figures: `${races} races`, problems: [...problems] };
    } finally {
      for (const muster of [one, other]) muster?.close();
      await stage.close();
    }
  },
};

/** A fight of ann against a monster, followed by both devices. */
async function hunt(one: Muster, other: Muster): Promise<string> {
  const { combat_session_id } = await one.in("/combat").call("combat_create", {
    participants: [
      { id: "ann", kind: "player", team: "heroes" },
      { id: "ogre", kind: "monster", team: "monsters" },
    ],
    turn_seconds: 600,
  });
  for (const muster of [one, other]) await muster.in("/combat").call("combat_join", { combat_session_id });
  await until(
    "the fight has started",
    async () => {
      const { state } = await one.in("/combat").call("combat_state", { combat_session_id });
      return state.phase !== "waiting";
    },
    5_000,
  );
  return combat_session_id;
}

/** A mode that makes no match while a row runs. */
const HELD_MODE = { MATCHMAKING_MODES: JSON.stringify({ held: { game: "dash-dice", teams: 32 } }) };

export const sameUser: Row = {
  id: "13",
  title: "the same user queues on two workers at once",
  async run({ quick }) {
    const stage = await openStage({ env: HELD_MODE });
    const [one, other] = stage.workers.map(({ url }) => device(stage, "ann", url));
    try {
      if (!one || !other) throw new Error("two workers are needed");
      const effects: Effect[] = [];
      const problems = new Set<string>();
      for (let at = 0; at < (quick ? 30 : 1_000); at++) {
        const outcomes = await Promise.all(
          [one, other].map((muster) =>
            settled(muster.in("/matchmaking").call("queue_join", { game_mode: "held" })),
          ),
        );
        const tickets = outcomes.filter(({ ok }) => ok);
        for (const { ok, text } of outcomes) {
          if (ok && (JSON.parse(text) as { queue_size: number }).queue_size !== 1)
            problems.add("more than one ticket waits");
          if (!ok && text !== "already_queued") problems.add(`the other was refused with ${text}`);
        }
        effects.push({
          id: `round ${at}`,
          answers: tickets.length > 0 ? [tickets[0]?.text ?? ""] : [],
          effects: tickets.length,
        });
        await one.in("/matchmaking").call("queue_leave", {});
        const again = await settled(other.in("/matchmaking").call("queue_leave", {}));
        if (again.text !== "not_queued") problems.add(`a second ticket was left: ${again.text}`);
      }
      return { verdict: checkEffects(effects), figures: `${effects.length} races`, problems: [...problems] };
    } finally {
      for (const muster of [one, other]) muster?.close();
      await stage.close();
    }
  },
};
