/**
 * For tests of an author's own games: the whole server in this process on a free port, typed clients, a clock that is moved, and bots.
 *
 *     const server = await startTestServer({ games: [myGame] });
 *     const ann = server.connect("ann");
 *     const { room } = await ann.in("/game").call("room:create", { game: "my-game" });
 *     await server.close();
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectMuster, type Muster, type MusterOptions } from "../client/index.ts";
import type { Role } from "../core/contract/contract.ts";
import type { Log } from "../core/ports/log.ts";
import { type App, type AppOptions, createApp } from "../server/app.ts";
import { loadConfig } from "../server/config/index.ts";

export interface TestServerOptions
  extends Pick<
    AppOptions,
    "games" | "realtimeGames" | "events" | "raters" | "matchers" | "random" | "loadUser" | "chat" | "combat"
  > {
  /** Settings by their names in the environment, such as `GRACE_SEAT: "2s"`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: nothing is logged but errors. */
  readonly log?: Log;
}

/** What a token says beside the user's id. */
export interface TestClaims {
  readonly name?: string;
  readonly roles?: readonly Role[];
  readonly skill?: number;
  readonly guildId?: string;
  /** How long it is valid, in milliseconds of the server's clock. Default: a day. */
  readonly ttlMs?: number;
}

/** A game as a bot sees it. */
export interface BotView {
  readonly room_id: string;
  readonly user_id: string;
  readonly state: unknown;
  readonly version: number;
}

/** What a bot does; undefined: nothing until the state is another. */
export type BotMove =
  | { readonly action: string; readonly args?: Readonly<Record<string, unknown>> }
  | undefined;

export interface TestServer {
  readonly url: string;
  readonly app: App;
  token(user: string, claims?: TestClaims): Promise<string>;
  /** A client of this user, closed with the server. */
  connect(user: string, claims?: TestClaims, options?: Omit<MusterOptions, "url" | "token">): Muster;
  /**
   * A client that sits down in a room and moves each time its view of the game changes. A refused move is no error: the next state asks
   * again.
   * @returns a function that ends it
   */
  bot(user: string, room_id: string, move: (view: BotView) => BotMove): Promise<() => void>;
  /** Milliseconds since the epoch, as the server sees them. */
  now(): number;
  /** Moves the server's clock, and runs all that is due by then: turns that are over, tokens that end, graces that pass. */
  advance(ms: number): Promise<void>;
  /** Ends clients and server, and removes what was stored. */
  close(): Promise<void>;
}

const DAY_MS = 24 * 3_600_000;
/** The clock goes on in steps, in which workers show that they live. */
const STEP_MS = 5_000;

const ERRORS_ONLY: Log = {
  debug() {},
  info() {},
  warn() {},
  error: (fields, message) => console.error(message, fields),
};

/** @throws ConfigError where `env` is wrong, Error where a game or another option is */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env = {}, log = ERRORS_ONLY, ...parts } = options;
  const folder = await mkdtemp(join(tmpdir(), "muster-testing-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  let offset = 0;
  const clock = { now: () => Date.now() + offset };
  let app: App;
  try {
    const { config } = loadConfig({
      cwd: folder,
      env: {
        WEBSOCKET_HOST: "127.0.0.1",
        WEBSOCKET_PORT: "0",
        DATA_DIR: join(folder, "data"),
        JWT_SECRET: randomBytes(32).toString("hex"),
        // A busy machine is no overload that a test is about.
        OVERLOAD_DELAY: "0",
        ...env,
      },
    });
    app = await createApp(config, { ...parts, log, clock, timeOffsetMs: () => offset });
  } catch (err) {
    await remove();
    throw err;
  }
  const { url } = await app.listen();
  const clients = new Set<Muster>();

  async function token(user: string, { ttlMs = DAY_MS, ...claims }: TestClaims = {}): Promise<string> {
    const issuedAt = Math.floor(clock.now() / 1_000);
    const made = await app.mintToken({ userId: user, issuedAt, ttlMs, ...claims });
    if (made === undefined)
      throw new Error("this server has no key to sign tokens with: leave JWT_* out of env");
    return made;
  }

  function connect(
    user: string,
    claims?: TestClaims,
    more: Omit<MusterOptions, "url" | "token"> = {},
  ): Muster {
    const client = connectMuster({ ...more, url, token: () => token(user, claims) });
    clients.add(client);
    return client;
  }

  return {
    ...{ url, app, token, connect },
    async bot(user, room_id, move) {
      const client = connect(user);
      const game = client.in("/game");
      let isDone = false;
      const act = (state: unknown, version: number) => {
        const chosen = isDone ? undefined : move({ room_id, user_id: user, state, version });
        // Refused where another was faster: the next state comes.
        if (chosen !== undefined) game.call("game:action", { room_id, ...chosen }).catch(() => undefined);
      };
      game.on("game_started", (told) => {
        if (told.room_id === room_id) act(told.state, told.version);
      });
      game.on("game_state", (told) => {
        if (told.room_id === room_id && told.state !== undefined) act(told.state, told.version);
      });
      await game.call("room:join", { room_id });
      return () => {
        isDone = true;
        clients.delete(client);
        client.close();
      };
    },
    now: () => clock.now(),
    async advance(ms) {
      for (let left = ms; left > 0; left -= STEP_MS) {
        offset += Math.min(left, STEP_MS);
        await app.services.store.presence.heartbeat({});
      }
      await app.runDue();
    },
    async close() {
      for (const client of clients) client.close();
      clients.clear();
      await app.close({ skip: AbortSignal.abort() });
      await remove();
    },
  };
}
