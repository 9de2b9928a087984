/** Brings frames of the fuzzer to a server, each protocol by its own way. A server that ends a connection is right to; then there is another. */

import { once } from "node:events";
import net from "node:net";
import { RawEngine } from "../../test/support/raw-engine.ts";
import { openSocket, statusOf, within } from "../abuse/clients.ts";
import type { Protocol } from "./frames.ts";

const SETTLED_MS = 1_000;
/** Half a frame or request has no end: the server waits for the rest of it, and this waits no longer than it must. */
const HALF_MS = 100;
/** Paths of plain WebSocket, one after the other. */
const PATHS = ["/ws", "/ws/game", "/ws/chat", "/ws/combat", "/ws/world", "/ws/matchmaking"];

export interface Way {
  readonly url: string;
  /** A token of a user, or of a service for HTTP. */
  readonly token: string;
  /** Chooses among paths. */
  readonly turn: number;
}

/** Text where the bytes are such, so that the far side takes it as text. */
const isText = (frame: Buffer) => Buffer.from(frame.toString("utf8")).equals(frame);
const withToken = (frame: Buffer, token: string) =>
  frame.includes("%TOKEN%")
    ? Buffer.from(frame.toString("latin1").replaceAll("%TOKEN%", token), "latin1")
    : frame;

async function overMessages(
  path: string,
  frames: readonly Buffer[],
  { url, token }: Way,
  binary: boolean,
): Promise<void> {
  const socket = openSocket(url, `${path}?token=${token}`);
  if ((await within(socket.status)) === 101) {
    for (const frame of frames) socket.ws.send(frame, { binary: binary || !isText(frame) });
    const pong = once(socket.ws, "pong").catch(() => undefined);
    socket.ws.ping();
    await within(Promise.race([pong, socket.closed]), SETTLED_MS);
  }
  socket.ws.terminate();
}

async function overEngine(frames: readonly Buffer[], { url, token, turn }: Way): Promise<void> {
  const engine = await RawEngine.open(url).catch(() => undefined);
  if (!engine) return;
  for (const namespace of turn % 2 ? ["/", "/game", "/chat"] : ["/combat", "/world", "/matchmaking"])
    await engine.connect(namespace, { token }).catch(() => "");
  for (const frame of frames) engine.ws.send(frame, { binary: !isText(frame) });
  const pong = once(engine.ws, "pong").catch(() => undefined);
  if (engine.ws.readyState === engine.ws.OPEN) engine.ws.ping();
  await within(Promise.race([pong, engine.closed]), SETTLED_MS);
  engine.close();
}

async function overPolling(frames: readonly Buffer[], { url, token }: Way): Promise<void> {
  const address = `${url}/socket.io/?EIO=4&transport=polling`;
  for (let at = 0; at < frames.length; ) {
    const opened = await fetch(address)
      .then((response) => response.text())
      .catch(() => "");
    const sid = /"sid":"([^"]+)/.exec(opened)?.[1];
    if (sid === undefined) return;
    const post = (body: string | Buffer) => statusOf(`${address}&sid=${sid}`, { method: "POST", body });
    let status = await post(
      ["/", "/game", "/chat"].map((nsp) => `40${nsp},{"token":"${token}"}`).join("\x1e"),
    );
    while (status === 200 && at < frames.length) status = await post(frames[at++] ?? "");
    if (status !== 200 && at === 0) return;
    await post("1");
  }
}

/** Raw bytes on TCP, after an upgrade or as requests. */
async function overTcp(frames: readonly Buffer[], way: Way, upgrade: string | undefined): Promise<void> {
  const socket = net.connect(Number(new URL(way.url).port), "127.0.0.1");
  const closed = once(socket, "close").catch(() => undefined);
  socket.on("error", () => undefined);
  let heard = "";
  socket.on("data", (data: Buffer) => {
    if (heard.length < 200) heard += data.toString("latin1");
  });
  if (upgrade !== undefined) {
    socket.write(
      `GET ${upgrade} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await within(Promise.race([once(socket, "data").catch(() => undefined), closed]), SETTLED_MS);
  }
  for (const frame of frames) if (socket.writable) socket.write(frame);
  socket.end();
  await within(closed, HALF_MS);
  socket.destroy();
}

/** How many frames go into one connection: a connection that is cut loses the rest. */
export const BATCH: Readonly<Record<Protocol, number>> = {
  engine: 200,
  polling: 40,
  plain: 200,
  bits: 8,
  protobuf: 200,
  http: 3,
};

/** Resolves when the server has dealt with them, has ended the connection, or a second is over. */
export async function sendFrames(protocol: Protocol, given: readonly Buffer[], way: Way): Promise<void> {
  const frames = given.map((frame) => withToken(frame, way.token));
  const path = PATHS[way.turn % PATHS.length] ?? "/ws";
  if (protocol === "engine") return overEngine(frames, way);
  if (protocol === "polling") return overPolling(frames, way);
  if (protocol === "plain") return overMessages(path, frames, way, false);
  if (protocol === "protobuf") return overMessages(`/ws/fuzzed-${way.turn % 20}`, frames, way, true);
  if (protocol === "http") return overTcp(frames, way, undefined);
  return overTcp(
    frames,
    way,
    way.turn % 3 ? `${path}?token=${way.token}` : "/socket.io/?EIO=4&transport=websocket",
  );
}
