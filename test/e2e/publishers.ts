/** Clients that publish without end, sending each message again until it is acknowledged, and count what a stop costs them. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Player } from "../../examples/demo/player.ts";
import type { RoomsContract } from "../../namespaces/rooms/events.ts";
import { PlainClient } from "../support/plain.ts";
import { quietly } from "./venues.ts";

const ROOM = "hall";
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
  /** Connections that ended without it. */
  readonly cutUntold: number;
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
  disconnected(): void;
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
  socket.on("disconnect", () => told.disconnected());
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
    ws.once("close", () => {
      if (!open) return;
      told.disconnected();
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
  let cutUntold = 0;
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
    disconnected() {
      if (running && !wasTold) cutUntold++;
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
    get reconnects() {
      return reconnects;
    },
    get cutUntold() {
      return cutUntold;
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
