/** From the second ticket to `match_found`, as the second player's client sees it. */
import { io, type Socket } from "socket.io-client";

const LIMIT_MS = 10_000;

async function connect(url: string, user: string): Promise<Socket> {
  const socket = io(`${url}/matchmaking`, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    auth: { user_id: user },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return socket;
}

const once = (socket: Socket, event: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${LIMIT_MS} ms`)), LIMIT_MS);
    socket.once(event, () => {
      clearTimeout(timer);
      resolve();
    });
  });

async function join(socket: Socket): Promise<void> {
  const ack = await socket.timeout(LIMIT_MS).emitWithAck("queue_join", { game_mode: "classic" });
  if (!ack.ok) throw new Error(`queue_join: ${JSON.stringify(ack.error)}`);
}

/** @returns milliseconds of each of so many matches, one after the other */
export async function measureLatency(url: string, matches: number): Promise<number[]> {
  const took: number[] = [];
  for (let at = 0; at < matches; at++) {
    const one = await connect(url, `one${at}`);
    const two = await connect(url, `two${at}`);
    try {
      await join(one);
      const found = [once(one, "match_found"), once(two, "match_found")];
      const startedAt = performance.now();
      const joined = join(two);
      await found[1];
      took.push(performance.now() - startedAt);
      await Promise.all([joined, ...found]);
    } finally {
      one.disconnect();
      two.disconnect();
    }
  }
  return took;
}
