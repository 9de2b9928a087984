/**
 * Clients that read as much as they can, in a process of their own: what they do with it must not slow down who measures. Over plain
 * WebSocket, where an answer need not be parsed to be thrown away.
 */
import WebSocket from "ws";

/** What the process is told, as JSON in its first argument. */
export interface Greed {
  readonly url: string;
  readonly tokens: readonly string[];
  /** Rooms of `/` with the cursor to come back with. */
  readonly rooms: readonly { readonly room: string; readonly epoch: string }[];
  readonly channels: readonly { readonly channel: string; readonly epoch: string }[];
}

/** What it tells each second, of all that came so far. */
export interface Taken {
  readonly megabytes: number;
  readonly answers: Readonly<Record<string, number>>;
}

/** Commands of one kind under way on a connection. */
const UNDER_WAY = 2;
const AGAIN_MS = 100;

type Command = Readonly<Record<string, unknown>> & { readonly type: string };

const answers: Record<string, number> = {};
let bytes = 0;

/** Keeps commands of each kind under way, for as long as the connection lasts; a cut one comes back. */
function greed(url: string, kinds: readonly (() => Command)[]): void {
  const socket = new WebSocket(url);
  const send = (kind: number) => {
    const command = kinds[kind]?.();
    if (command && socket.readyState === socket.OPEN)
      socket.send(JSON.stringify({ ...command, id: String(kind) }));
  };
  socket.on("open", () => {
    for (const kind of kinds.keys()) for (let at = 0; at < UNDER_WAY; at++) send(kind);
  });
  socket.on("message", (data: Buffer) => {
    bytes += data.length;
    const head = data.toString("latin1", 0, 200);
    if (!head.startsWith('{"type":"ack"')) return;
    const kind = Number(/"id":"(\d+)"/.exec(head)?.[1]);
    const code = /"code":"(\w+)"/.exec(head)?.[1] ?? "ok";
    const name = `${kinds[kind]?.().type} ${code}`;
    answers[name] = (answers[name] ?? 0) + 1;
    if (code === "ok") send(kind);
    else setTimeout(send, AGAIN_MS, kind);
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    answers.closed = (answers.closed ?? 0) + 1;
    setTimeout(greed, AGAIN_MS, url, kinds);
  });
}

const [told] = process.argv.slice(2);
if (told !== undefined) {
  const { url, tokens, rooms, channels }: Greed = JSON.parse(told);
  const address = (path: string, token: string) => `${url.replace("http", "ws")}${path}?token=${token}`;
  for (const token of tokens) {
    greed(
      address("/ws", token),
      rooms.map(({ room, epoch }) => () => ({ type: "subscribe", room, since: { epoch, offset: 0 } })),
    );
    let turn = 0;
    const next = () => channels[turn++ % channels.length]?.channel ?? "global";
    greed(address("/ws/chat", token), [
      () => ({ type: "history", channel: next(), limit: 100 }),
      () => ({ type: "sync", cursors: channels.map((one) => ({ ...one, offset: 0 })) }),
      () => ({ type: "unread" }),
      () => ({ type: "channels" }),
      () => ({ type: "channel_list", limit: 100 }),
    ]);
  }
  setInterval(() => process.send?.({ megabytes: bytes / 2 ** 20, answers } satisfies Taken), 1_000);
  process.on("disconnect", () => process.exit(0));
}
