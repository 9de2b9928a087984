/** Users who talk in channels and write down all they sent and saw: over the product's own client, or a plain one. */
import { setTimeout as delay } from "node:timers/promises";
import { io } from "socket.io-client";
import { CommandError, connectMuster, type MusterOptions } from "../client/index.ts";
import type { Entry, Observer, Outcome, Seen } from "./history.ts";
import type { Cluster } from "./stage.ts";

/** Tells messages of the run from what the server itself may put into a channel. */
const MARK = "op ";

/** One user in one channel. */
export interface Talker {
  readonly name: string;
  readonly stream: string;
  readonly seen: Seen[];
  readonly connected: boolean;
  /** Calls the listener for each connection from now on. */
  onConnect(listener: () => void): void;
  send(id: string): Promise<Outcome>;
  /** The channel as it is now. */
  read(): Promise<Entry[]>;
  close(): void;
}

export type Connect = (stage: Cluster, name: string, stream: string, url?: string) => Promise<Talker>;

/** How long a command is tried: longer than any outage of the rows. */
const WITHIN_MS = 90_000;

/** @param more options of the transport for each user */
export const talkerOver =
  (
    transports: ("polling" | "websocket")[],
    more: (name: string) => NonNullable<MusterOptions["manager"]> = () => ({}),
  ): Connect =>
  async (stage, name, stream, url = stage.balancer.url) => {
    const muster = connectMuster({
      url,
      token: stage.token(name, { guildId: stream }),
      withinMs: WITHIN_MS,
      answerMs: 3_000,
      minDelayMs: 100,
      maxDelayMs: 1_000,
      manager: { transports, forceNew: true, ...more(name) },
    });
    const chat = muster.in("/chat");
    const seen: Seen[] = [];
    await muster.channels.follow("guild", {
      entry(item) {
        if (item.event === "chat_message" && item.content.startsWith(MARK))
          seen.push({ kind: "entry", id: item.content.slice(MARK.length), offset: item.offset });
      },
      gap: () => seen.push({ kind: "gap" }),
    });
    return {
      name,
      stream,
      seen,
      get connected() {
        return chat.connected;
      },
      onConnect: (listener) => void chat.socket.on("connect", listener),
      async send(id) {
        try {
          const { epoch, offset } = await chat.call("chat_message", { channel: "guild", content: MARK + id });
          return { kind: "ok", epoch, offset };
        } catch (err) {
          return outcomeOf(err);
        }
      },
      async read() {
        const found: Entry[] = [];
        for (let after = 0; ; ) {
          const page = await chat.call("history", { channel: "guild", after, limit: 100 });
          for (const item of page.messages) {
            if (item.event === "chat_message" && item.content.startsWith(MARK))
              found.push({ id: item.content.slice(MARK.length), offset: item.offset });
            after = item.offset;
          }
          if (!page.has_more || page.messages.length === 0) return found;
        }
      },
      close: () => muster.close(),
    };
  };

export const connectTalker = talkerOver(["websocket"]);

/** Of the control: Socket.IO as it comes, with its own reconnecting and nothing else. */
export const connectPlain: Connect = async (stage, name, stream, url = stage.balancer.url) => {
  const socket = io(url, {
    transports: ["websocket"],
    forceNew: true,
    reconnectionDelay: 100,
    reconnectionDelayMax: 1_000,
    auth: { room: stream },
  });
  const seen: Seen[] = [];
  socket.on("message", (id: string) => seen.push({ kind: "entry", id }));
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return {
    name,
    stream,
    seen,
    get connected() {
      return socket.connected;
    },
    onConnect: (listener) => void socket.on("connect", listener),
    async send(id) {
      for (const until = Date.now() + WITHIN_MS; Date.now() < until; await delay(50))
        if (socket.connected)
          try {
            await socket.timeout(3_000).emitWithAck("say", id);
            return { kind: "ok" };
          } catch {
            return { kind: "unknown", code: "no_answer" };
          }
      return { kind: "unknown", code: "no_answer" };
    },
    read: () => Promise.resolve([]),
    close: () => void socket.disconnect(),
  };
};

function outcomeOf(err: unknown): Outcome {
  if (!(err instanceof CommandError)) throw err;
  const { code } = err;
  const open = code === "no_answer" || code === "unavailable" || code === "internal";
  return { kind: open ? "unknown" : "fail", code };
}

export const observerOf = ({ name, stream, seen }: Talker): Observer => ({ name, stream, seen });
