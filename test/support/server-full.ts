/** What a new client is told by a worker that has no room. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { openPlain } from "./plain.ts";

interface Answer {
  readonly code: string;
  readonly retry_after_ms: number;
}

/** What a new client is answered with a status, over Socket.IO's transports. */
async function statusOf(url: string, transport: "polling" | "websocket"): Promise<Answer> {
  const path = `/socket.io/?EIO=4&transport=${transport}`;
  if (transport === "polling") {
    const answer = await fetch(`${url}${path}`);
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "5"]);
    return ((await answer.json()) as { error: Answer }).error;
  }
  const ws = new WebSocket(`${url.replace("http", "ws")}${path}`);
  return new Promise((resolve, reject) => {
    ws.on("open", () => reject(new Error("it was let in")));
    ws.on("error", () => undefined);
    ws.on("unexpected-response", (_request, response) => {
      assert.equal(response.statusCode, 503);
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve((JSON.parse(text) as { error: Answer }).error));
    });
  });
}

/** Over each transport. */
export async function assertRefusesNew(url: string): Promise<void> {
  for (const transport of ["polling", "websocket"] as const) {
    const { code, retry_after_ms } = await statusOf(url, transport);
    assert.deepEqual([code, retry_after_ms], ["server_full", 5_000], transport);
  }
  for (const path of ["/ws", "/ws/matchmaking", "/ws/some-room"]) {
    const plain = openPlain(url, path);
    assert.deepEqual(await plain.closed, { code: 1013, reason: "server_full" }, path);
    if (path !== "/ws") continue;
    const told = await plain.next("error");
    assert.deepEqual([told.code, told.retry_after_ms], ["server_full", 5_000]);
  }
}
