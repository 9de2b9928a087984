/** Clients that publish without end, sending each message again until it is acknowledged, and count what a stop costs them. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Player } from "../../examples/demo/player.ts";
import type { RoomsContract } from "../../namespaces/rooms/schema.ts";
import { PlainClient } from "../support/plain.ts";
import { quietly, until } from "./venues.ts";

const ROOM = "hall";
/** The pace of the load, as players have one: nothing is waited for. */
const PAUSE_MS = 60;
const ATTEMPT_MS = 2_000;
const GIVE_UP_MS = 10_000;

export interface Publisher {
  readonly name: string;
  readonly acknowledged: readonly { readonly id: string; readonly offset: number }[];
  readonly failed: readonly string[];
  /** Connections after the first. */
  readonly reconnects: number;
  /** How long each `server_draining` said. */
  readonly goodbyes: readonly number[];
  /** Why connections ended that ended without it. */
  readonly cutUntold: readonly string[];
  readonly retries: number;
  stop(): Promise<void>;
}

type Answer =
  | { readonly ok: true; readonly offset: number }
  | { readonly ok: false; readonly error: { readonly code: string } };

interface Wire {
  /** Undefined where no answer comes. */
  send(event: string, payload: object): Promise<Answer | undefined>;
  close(): void;
}

interface Told {
  connected(): void;
  draining(reconnectInMs: number): void;
  disconnected(reason: string): void;
}

async function overSocketIo(
  url: string,
  name: string,
  transports: ("polling" | "websocket")[] | undefined,
  told: Told,
): Promise<Wire> {
  const token = await quietly.token(name, { name });
  const player = new Player({ url, userId: name, token, transports });
  const { socket } = await player.enter<RoomsContract>("/");
  socket.on("connect", () => told.connected());
  socket.on("server_draining", ({ reconnect_in_ms }) => told.draining(reconnect_in_ms));
  socket.on("disconnect", (reason, details) => {
    const { message = "", description = "" } = (details ?? {}) as { message?: string; description?: unknown };
    told.disconnected(`${reason} ${message} ${description}`);
  });
  return {
    send: (event, payload) =>
      socket
        .timeout(ATTEMPT_MS)
        .emitWithAck(event, payload)
        .catch(() => undefined),
    close: () => player.close(),
  };
}

async function overPlainWebSocket(url: string, name: string, told: Told): Promise<Wire> {
  const token = await quietly.token(name, { name });
  let open = true;
  let client: PlainClient;
  async function connect(): Promise<void> {
    client = new PlainClient(`${url}/ws`, { query: { token } });
    const { ws } = client;
    ws.on("message", (data) => {
      const frame = JSON.parse(String(data)) as { type?: string; reconnect_in_ms?: number };
      if (frame.type === "server_draining") told.draining(frame.reconnect_in_ms ?? Number.NaN);
    });
    ws.once("close", (code) => {
      if (!open) return;
      told.disconnected(String(code));
      void connect().then(told.connected);
    });
    await once(ws, "open");
  }
  await connect();
  return {
    async send(event, payload) {
      if (client.ws.readyState !== client.ws.OPEN) return undefined;
      const answered = client.call(event, payload as Record<string, unknown>).catch(() => undefined);
      return (await Promise.race([answered, client.closed.then(() => undefined)])) as Answer | undefined;
    },
    close() {
      open = false;
      client.close();
    },
  };
}

export async function startPublisher(
  url: string,
  name: string,
  kind: "plain" | { readonly transports?: ("polling" | "websocket")[] },
): Promise<Publisher> {
  const acknowledged: { id: string; offset: number }[] = [];
  const failed: string[] = [];
  const goodbyes: number[] = [];
  let reconnects = 0;
  let retries = 0;
  const cutUntold: string[] = [];
  let running = true;
  let wasTold = false;
  const told: Told = {
    connected: () => {
      reconnects++;
    },
    draining(reconnectInMs) {
      wasTold = true;
      goodbyes.push(reconnectInMs);
    },
    disconnected(reason) {
      if (running && !wasTold) cutUntold.push(reason);
      wasTold = false;
    },
  };
  const wire =
    kind === "plain"
      ? await overPlainWebSocket(url, name, told)
      : await overSocketIo(url, name, kind.transports, told);
  await wire.send("subscribe", { room: ROOM });

  async function publish(id: string): Promise<void> {
    for (const until = Date.now() + GIVE_UP_MS; Date.now() < until; retries++) {
      const answer = await wire.send("publish", { room: ROOM, data: id, client_msg_id: id });
      if (answer?.ok) return void acknowledged.push({ id, offset: answer.offset });
      // A new connection is a new subscriber.
      if (answer?.error.code === "not_subscribed") await wire.send("subscribe", { room: ROOM });
      await delay(PAUSE_MS);
    }
    failed.push(id);
  }
  const done = (async () => {
    for (let at = 0; running; at++) {
      await publish(`${name}-${at}`);
      await delay(PAUSE_MS);
    }
  })();
  return {
    name,
    acknowledged,
    failed,
    goodbyes,
    cutUntold,
    get reconnects() {
      return reconnects;
    },
    get retries() {
      return retries;
    },
    async stop() {
      running = false;
      await done;
      wire.close();
    },
  };
}

/** Each way in which a client may come; PM2 spreads their connections over the workers blindly. */
export const KINDS = [
  {},
  {},
  {},
  { transports: ["websocket"] },
  { transports: ["websocket"] },
  { transports: ["polling"] },
  { transports: ["polling"] },
  "plain",
  "plain",
] as const satisfies readonly Parameters<typeof startPublisher>[2][];
/** As often as a load balancer that is in a hurry; nothing is waited for. */
const HEALTH_PAUSE_MS = 20;
const PROGRESS_WITHIN_MS = 10_000;

/** Resolves when each has so many more messages acknowledged. */
export async function progress(clients: readonly Publisher[], count: number): Promise<void> {
  const before = clients.map(({ acknowledged }) => acknowledged.length);
  const isSo = () => clients.every(({ acknowledged }, i) => acknowledged.length >= (before[i] ?? 0) + count);
  await until(isSo, PROGRESS_WITHIN_MS);
}

/** Asks for /health on new connections, one after the other, until stopped. @returns what went wrong */
export function watchHealth(url: string) {
  const errors: string[] = [];
  let requests = 0;
  let running = true;
  const done = (async () => {
    while (running) {
      requests++;
      await fetch(`${url}/health`, { headers: { connection: "close" } }).then(
        async (answer) => {
          if (!answer.ok) errors.push(`status ${answer.status}`);
          await answer.text();
        },
        (err: unknown) => errors.push(String(err instanceof Error ? (err.cause ?? err) : err)),
      );
      await delay(HEALTH_PAUSE_MS);
    }
  })();
  return {
    async stop() {
      running = false;
      await done;
      return { errors, requests };
    },
  };
}
