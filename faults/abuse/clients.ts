/** Clients of abuses: each says what became of it, and waits no longer than it must. */
import { setTimeout as delay } from "node:timers/promises";
import { type ClientOptions, WebSocket } from "ws";
import { RawEngine } from "../../test/support/raw-engine.ts";

/** What comes later than this counts as never. */
const PATIENCE_MS = 5_000;

/** @returns what came, or "late" */
export async function within<T>(promise: Promise<T>, forMs = PATIENCE_MS): Promise<T | "late"> {
  const waited = new AbortController();
  const late = delay(forMs, "late" as const, { signal: waited.signal }).catch(() => "late" as const);
  try {
    return await Promise.race([promise, late]);
  } finally {
    waited.abort();
  }
}

export interface Opened {
  readonly ws: WebSocket;
  /** 101, another status, or 0 where the connection broke. */
  readonly status: Promise<number>;
  readonly closed: Promise<number>;
  /** The first message, or the code of a close before it. */
  readonly first: Promise<string | number>;
}

export function openSocket(url: string, path: string, headers: ClientOptions["headers"] = {}): Opened {
  const ws = new WebSocket(url.replace("http", "ws") + path, { headers, perMessageDeflate: false });
  const closed = new Promise<number>((resolve) => ws.once("close", resolve));
  const status = new Promise<number>((resolve) => {
    ws.once("open", () => resolve(101));
    ws.once("unexpected-response", (_request, response) => {
      resolve(response.statusCode ?? 0);
      ws.terminate();
    });
    ws.on("error", () => resolve(0));
  });
  const first = new Promise<string | number>((resolve) => {
    ws.once("message", (data) => resolve(String(data)));
    ws.once("close", (code) => resolve(code));
  });
  return { ws, status, closed, first };
}

/** What a namespace answers to a CONNECT, or why there was no answer. */
export async function connectAnswer(url: string, namespace: string, auth: object): Promise<string> {
  let engine: RawEngine | undefined;
  try {
    engine = await RawEngine.open(url);
    return await engine.connect(namespace, auth);
  } catch (err) {
    return `closed: ${err instanceof Error ? err.message.split("\n")[0] : String(err)}`;
  } finally {
    engine?.close();
  }
}

/** Status of a request; 0 where the connection broke, as it does for one that is cut while it is sent. */
export async function statusOf(
  url: string,
  init: RequestInit & { headers?: Record<string, string> } = {},
): Promise<number> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
