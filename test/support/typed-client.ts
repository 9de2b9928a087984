/** Typed clients for tests, closed after each: quick to come back, each with a transport of its own. */
import type { Socket } from "socket.io-client";
import { type ClientError, connectMuster, type Muster, type MusterOptions } from "../../client/index.ts";
import type { ConnectAs, TestApp } from "./app.ts";

const opened: Muster[] = [];

/** For `afterEach`. */
export function closeTyped(): void {
  for (const client of opened.splice(0)) client.close();
}

export interface TypedOptions extends Partial<MusterOptions> {
  readonly worker?: 0 | 1;
  readonly claims?: ConnectAs["claims"];
}

/** A client of the user, in the guild `g`; an `undefined` token stands for none. */
export function openTyped(app: TestApp, user: string, options: TypedOptions = {}): Muster {
  const { worker = 0, claims, ...own } = options;
  const muster = connectMuster({
    url: app.urls[worker] ?? app.url,
    token: () => app.token(user, { guild_id: "g", ...claims }),
    minDelayMs: 20,
    maxDelayMs: 50,
    manager: { transports: ["websocket"], forceNew: true },
    ...own,
  });
  opened.push(muster);
  return muster;
}

/** Resolves with the next connection, at once where there is one. */
export const online = ({ socket }: { readonly socket: Socket }) =>
  socket.connected ? Promise.resolve() : new Promise<void>((resolve) => socket.once("connect", resolve));

/** The transport goes, as a network's does; the client is not told to stay away. */
export function cut({ socket }: { readonly socket: Socket }): void {
  socket.io.engine.close();
}

/** Resolves when the client, or the namespace, is in the state; fails after five seconds. */
export function inState(
  of: Pick<Muster, "state" | "onState">,
  wanted: Muster["state"],
): Promise<ClientError | undefined> {
  if (of.state === wanted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${of.state}, not ${wanted}, after 5 s`)), 5_000);
    const end = of.onState((state, reason) => {
      if (state !== wanted) return;
      clearTimeout(timer);
      end();
      resolve(reason);
    });
  });
}
