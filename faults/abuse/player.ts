/** A player on plain WebSocket who asks and is answered, and remembers what came besides. */
import { type Opened, openSocket, within } from "./clients.ts";

export interface Answer {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly message: string };
  readonly [field: string]: unknown;
}

export interface Player extends Opened {
  /** @param payload an object, or the text of one that no object gives */
  call(type: string, payload?: string | object): Promise<Answer | "late">;
  /** What came without being asked for, with the time of `performance.now()` at which it came. */
  readonly heard: Record<string, unknown>[];
}

/** Its frames have a form of their own: what is said stands in `data`. */
const WRAPPED = "/ws/matchmaking";

/** Resolves when the server has let it in, or has not. */
export async function enter(url: string, path: string, token: string): Promise<Player> {
  const socket = openSocket(url, `${path}?token=${token}`);
  const heard: Record<string, unknown>[] = [];
  const waiting = new Map<number, (answer: Answer) => void>();
  let calls = 0;
  const isWrapped = path === WRAPPED;
  socket.ws.on("message", (data) => {
    const frame = JSON.parse(String(data)) as Record<string, unknown>;
    if (frame.type === "ack") waiting.get(Number(frame.id))?.((isWrapped ? frame.data : frame) as Answer);
    else heard.push({ ...frame, at: performance.now() });
  });
  await within(socket.status);
  return {
    ...socket,
    heard,
    call(type, payload = {}) {
      const id = ++calls;
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      if (socket.ws.readyState !== socket.ws.OPEN) return Promise.resolve("late");
      socket.ws.send(
        isWrapped
          ? `{"type":"${type}","id":${id},"data":${text}}`
          : `{"type":"${type}","id":${id}${text === "{}" ? "" : ","}${text.slice(1)}`,
      );
      return within(new Promise<Answer>((resolve) => waiting.set(id, resolve)));
    },
  };
}

export const isRefused = (answer: Answer | "late") => answer !== "late" && !answer.ok;

/** @returns the answer. @throws Error where it was refused or did not come: what follows would show nothing */
export async function served(player: Player, type: string, payload?: object): Promise<Answer> {
  const answer = await player.call(type, payload);
  if (answer === "late" || !answer.ok) throw new Error(`${type} is not served: ${JSON.stringify(answer)}`);
  return answer;
}
