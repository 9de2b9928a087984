/** Row 39: connections that are made while Redis is away, in every namespace and over every transport. */
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { connectClient } from "../../test/support/client.ts";
import { noCounts } from "../checker.ts";
import { ms } from "../figures.ts";
import type { Row } from "../row.ts";
import { openStage, type Stage, type Worker } from "../stage.ts";
import { until } from "../waiting.ts";

/** From Redis' first answer to what the connection must hear. */
const SERVED_WITHIN_MS = 2_000;
/** How long a deaf connection is listened for. */
const DEAF_AFTER_MS = 10_000;
const SAY_EVERY_MS = 100;

type Way = "websocket" | "polling" | "plain";
const WAYS: readonly Way[] = ["websocket", "polling", "plain"];

/** A connection that was made while Redis was away. */
interface Listener {
  readonly name: string;
  readonly user: string;
  /** When it heard an event of this name that has the text in it; by the monotonic clock. */
  heardAt(event: string, text: string): number | undefined;
  close(): void;
}

async function listen(
  stage: Stage,
  worker: Worker,
  namespace: string,
  way: Way,
  user: string,
): Promise<Listener> {
  const name = `${namespace} over ${way}`;
  const heard: { readonly at: number; readonly text: string }[] = [];
  const note = (event: string, payload: unknown) =>
    heard.push({ at: performance.now(), text: `${event} ${JSON.stringify(payload)}` });
  const heardAt = (event: string, text: string) =>
    heard.find((one) => one.text.startsWith(`${event} `) && one.text.includes(text))?.at;
  const token = stage.token(user);
  if (way === "plain") {
    const path = namespace === "/" ? "/ws" : `/ws${namespace}`;
    const ws = new WebSocket(`${worker.url.replace("http", "ws")}${path}?token=${token}`);
    ws.on("error", () => undefined);
    ws.on("message", (data) => {
      const frame = JSON.parse(String(data)) as { type: string };
      note(frame.type, frame);
    });
    await new Promise((resolve, reject) => ws.once("open", resolve).once("close", reject));
    return { name, user, heardAt, close: () => ws.terminate() };
  }
  const client = await connectClient({
    url: worker.url,
    namespace,
    name,
    auth: { token },
    transports: [way],
  });
  client.socket.onAny((event: string, payload: unknown) => note(event, payload));
  for (const { event, payload } of client.log) note(event, payload);
  return { name, user, heardAt, close: () => client.disconnect() };
}

/** For each namespace what is done when Redis is back, and what those who connected meanwhile must hear of it. */
interface Check {
  readonly namespace: string;
  readonly event: string;
  /** Before Redis goes away. */
  before?(stage: Stage, user: string): Promise<void>;
  /** Again and again; what it throws is no news. @param round grows */
  act(stage: Stage, listeners: readonly Listener[], round: number): Promise<void>;
  /** In what is heard. */
  readonly text: string;
}

const session = (stage: Stage, namespace: string, user: string) =>
  connectClient({
    url: stage.workers[1]?.url ?? "",
    namespace,
    name: user,
    auth: { token: stage.token(user, { roles: ["player", "service"] }) },
  });

async function once(
  stage: Stage,
  namespace: string,
  user: string,
  event: string,
  input: object,
): Promise<void> {
  const client = await session(stage, namespace, user);
  try {
    await client.raw(event, input);
  } finally {
    client.disconnect();
  }
}

const CHECKS: readonly Check[] = [
  {
    namespace: "/chat",
    event: "chat_message",
    text: "after the outage",
    act: (stage, _listeners, round) =>
      once(stage, "/chat", "speaker", "chat_message", {
        channel: "global",
        content: `after the outage ${round}`,
      }),
  },
  {
    namespace: "/game",
    event: "presence",
    text: "visitor",
    async act(stage, _listeners, round) {
      const client = await session(stage, "/game", `visitor-${round}`);
      await delay(SAY_EVERY_MS);
      client.disconnect();
    },
  },
  {
    namespace: "/combat",
    event: "combat_invite",
    text: "combat_session_id",
    async act(stage, listeners) {
      const client = await session(stage, "/combat", "challenger");
      for (const { user } of listeners)
        await client.raw("combat_create", {
          participants: [
            { id: "challenger", kind: "player", team: 1 },
            { id: user, kind: "player", team: 2 },
          ],
          request_id: `to ${user}`,
        });
      client.disconnect();
    },
  },
  {
    namespace: "/matchmaking",
    event: "queue_joined",
    text: "resumed",
    before: (stage, user) => once(stage, "/matchmaking", user, "queue_join", { game_mode: "crowd" }),
    act: () => Promise.resolve(),
  },
  {
    namespace: "/world",
    event: "world_event",
    text: "thunder",
    act: (stage) => once(stage, "/world", "weather", "world_event", { event: "thunder", data: {} }),
  },
  {
    namespace: "/",
    event: "message",
    text: "broadcast",
    act: (stage) => once(stage, "/", "speaker", "broadcast", { data: "broadcast" }),
  },
];

export const connectedWhileAway: Row = {
  id: "39",
  title: "connections made while Redis is away, all namespaces and transports",
  async run({ quick, progress }) {
    const stage = await openStage({
      env: {
        MATCHMAKING_MODES: JSON.stringify({ crowd: { game: "relay", teams: 64 } }),
        GRACE_TICKET: "60s",
      },
    });
    const listeners = new Map<Check, Listener[]>();
    try {
      const [worker] = stage.workers;
      if (!worker) throw new Error("no worker");
      const each = quick ? 1 : 5;
      const usersOf = ({ namespace }: Check) =>
        WAYS.flatMap((way) =>
          Array.from({ length: each }, (_, at) => ({ way, user: `${namespace.slice(1)}-${way}-${at}` })),
        );
      for (const check of CHECKS) for (const { user } of usersOf(check)) await check.before?.(stage, user);
      await stage.redis?.kill();
      const isDegraded = async () =>
        ((await (await fetch(`${worker.url}/health`)).json()) as { status: string }).status === "degraded";
      await until("the worker knows that Redis is away", isDegraded, 5_000);
      await Promise.all(
        CHECKS.map(async (check) => {
          const made = usersOf(check).map(({ way, user }) =>
            listen(stage, worker, check.namespace, way, user),
          );
          listeners.set(check, await Promise.all(made));
        }),
      );
      progress("connected while Redis is away");
      await stage.redis?.restart();
      const backAt = performance.now();
      const problems: string[] = [];
      let worst = 0;
      await Promise.all(
        CHECKS.map(async (check) => {
          const mine = listeners.get(check) ?? [];
          const deaf = () => mine.filter(({ heardAt }) => heardAt(check.event, check.text) === undefined);
          for (let round = 0; deaf().length > 0 && performance.now() - backAt < DEAF_AFTER_MS; round++) {
            await check.act(stage, mine, round).catch(() => undefined);
            await delay(SAY_EVERY_MS);
          }
          for (const { name } of deaf()) problems.push(`${name} is deaf`);
          for (const { name, heardAt } of mine) {
            const took = (heardAt(check.event, check.text) ?? backAt) - backAt;
            worst = Math.max(worst, took);
            if (took > SERVED_WITHIN_MS) problems.push(`${name} heard ${check.event} after ${ms(took)}`);
          }
        }),
      );
      const count = [...listeners.values()].flat().length;
      const exits = stage.workers.reduce((sum, { unexpectedExits }) => sum + unexpectedExits, 0);
      if (exits > 0) problems.push(`${exits} workers exited`);
      return {
        verdict: { counts: { ...noCounts(), ok: count }, gapsTold: 0, examples: [] },
        figures: `${count} connections, served ${ms(worst)} after Redis at the latest`,
        problems,
      };
    } finally {
      for (const some of listeners.values()) for (const { close } of some) close();
      await stage.close();
    }
  },
};
