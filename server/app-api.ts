/** What an application gives to `createApp`, and what it gets. */
import type { Router } from "express";
import type { Server } from "socket.io";
import { didYouMean } from "../core/did-you-mean.ts";
import type { WorkerId } from "../core/ids.ts";
import type { Log } from "../core/ports/log.ts";
import type { Services } from "../core/ports/services.ts";
import type { Random } from "../core/random.ts";
import type { Clock } from "../core/time.ts";
import type { Revocations } from "./auth/revocations.ts";
import type { Security } from "./auth/security.ts";
import type { SharedPort } from "./cluster/rolling-reload.ts";
import type { CustomEvent } from "./custom-events.ts";
import type { Notify } from "./delivery/notify.ts";
import type { Retained } from "./metrics/retained.ts";
import type { ModuleOptions, Modules } from "./modules.ts";
import type { Operations } from "./process/operations.ts";
import type { Authenticate, OnConnect } from "./sessions/own-sessions.ts";
import type { LoadUser, UserNamesOptions } from "./sessions/user-names.ts";

export interface AppOptions extends ModuleOptions {
  /** Events of the application's own: `defineEvent`. */
  readonly events?: readonly CustomEvent[];
  /** Names and pictures of users, from a service of the application's own; left out: names are the tokens'. */
  readonly loadUser?: LoadUser;
  /** How its answers are remembered, and how long they are waited for. */
  readonly userNames?: UserNamesOptions;
  /** Sessions of the application's own, such as cookies, beside tokens. */
  readonly authenticate?: Authenticate;
  /** Asked before a connection is let into a namespace. */
  readonly onConnect?: OnConnect;
  /**
   * Adds HTTP routes and pages to the port: `(router) => router.use("/play", express.static("public"))`. The server's own paths go before, and
   * its security headers hold.
   */
  readonly routes?: (router: Router) => void;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  /** A name of this worker; left out: a new one. */
  readonly worker?: WorkerId;
  /** Where other workers listen on the same port, as under PM2. */
  readonly sharedPort?: SharedPort;
  /** Separates clusters that share one Redis, in place of the configured prefix. */
  readonly redisPrefix?: string;
  /** Called when the store is lost for good: commands are answered `unavailable` until a new process takes over. */
  readonly onStoreLost?: (reason: string) => void;
  /** How far tests have moved the clock of a Redis store, in milliseconds. */
  readonly timeOffsetMs?: () => number;
  /** How late the event loop is, in milliseconds, in place of what is measured: tests make a worker overloaded with it. */
  readonly eventLoopDelayMs?: () => number;
  /** What the application uses in place of the store that was opened: tests put faults in between. */
  readonly wrapStore?: (store: Services["store"]) => Services["store"];
}

export interface App {
  readonly worker: WorkerId;
  /** What handlers and an application around this one send with. */
  readonly services: Services;
  /** `handshake.auth` of a socket is there for middlewares and listeners of `connection`, and empty afterwards. */
  readonly io: Server;
  /** The namespaces, with what they offer to an application around this one. */
  readonly modules: Modules;
  /** Sends to users, rooms and namespaces: what the HTTP API sends with. */
  readonly notify: Notify;
  /** User and password of the dashboard where they were made for development; undefined where they are configured, or it is off. */
  dashboardLogin: Operations["madeCredentials"];
  /** What this worker has in memory for its connections, by what it is: all noughts when nobody is connected. */
  held(): Retained;
  /** Starts to serve. @returns where, with the port that was free where 0 was configured */
  listen(): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
  /** A token for this server, where it has the key to sign one (HS256); undefined elsewhere. */
  mintToken: Security["mintToken"];
  /** Ends a user's or a token's connections on every worker within a second, and refuses what was issued up to now. */
  revoke: Revocations["revoke"];
  /** Runs what is due, checks tokens, tells presence: what the timers do by themselves, now. For tests that move the clock. */
  runDue(): Promise<void>;
  /** Stops in order: refuse, drain, close sockets, close stores. `skip`, when aborted, ends the waiting. */
  close(options?: { readonly skip?: AbortSignal }): Promise<void>;
}

/** Every option: one that is forgotten here does not compile. */
const OPTIONS: { readonly [K in keyof Required<AppOptions>]: true } = {
  ...{
    games: true,
    realtimeGames: true,
    rulesets: true,
    rewards: true,
    raters: true,
    matchers: true,
    events: true,
  },
  ...{ onGameEnded: true, onJoin: true, onConnect: true, authenticate: true, routes: true, loadUser: true },
  ...{ userNames: true, game: true, matchmaking: true, chat: true, combat: true, world: true },
  ...{ log: true, clock: true, random: true, worker: true, sharedPort: true, redisPrefix: true },
  ...{ onStoreLost: true, timeOffsetMs: true, eventLoopDelayMs: true, wrapStore: true },
};

/** Those that are options themselves. */
type Groups = Required<Pick<AppOptions, "userNames" | "game" | "matchmaking" | "chat" | "combat" | "world">>;
const GROUPS: { readonly [G in keyof Groups]: { readonly [K in keyof Required<Groups[G]>]: true } } = {
  userNames: { ttlMs: true, maxUsers: true, timeoutMs: true, parallel: true },
  game: {
    ...{ defaultGame: true, pushedUsers: true, blocks: true, parties: true, maxRoomsPerUser: true },
    endedRoomMs: true,
  },
  matchmaking: { maxPartySize: true },
  chat: {
    ...{ parties: true, rooms: true, filter: true, filterTimeoutMs: true, filterFallback: true },
    typingMs: true,
  },
  combat: {
    ...{ turnSeconds: true, joinSeconds: true, forfeitAfter: true, maxFightsPerUser: true },
    ...{ keepEndedSeconds: true, blocks: true },
  },
  world: {
    ...{
      viewDistance: true,
      speedLimit: true,
      creditMs: true,
      rememberMs: true,
      maxPlayers: true,
      farHalfRate: true,
      closed: true,
    },
    ...{
      tickMs: true,
      zones: true,
      onlyNamedZones: true,
      maxEntitiesPerUser: true,
      maxPersistentPerZone: true,
    },
  },
};

/** Lists of things that are made with a function of this package, and a method that such a thing has. */
const MADE_WITH = [
  ["games", "defineGame", "act"],
  ["realtimeGames", "defineRealtime", "step"],
  ["events", "defineEvent", "compile"],
] as const satisfies readonly (readonly [keyof AppOptions, string, string])[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function problemsOfMade(options: Readonly<Record<string, unknown>>): string[] {
  return MADE_WITH.flatMap(([list, maker, method]) => {
    const given = options[list] ?? [];
    if (!Array.isArray(given)) return [`${list} is a list`];
    return given.flatMap((each: unknown, at) =>
      isObject(each) && typeof each[method] === "function"
        ? []
        : [`${list}[${at}] is not made with ${maker}`],
    );
  });
}

/** @throws Error that tells each mistake: an option that there is not, with the one that was probably meant, or what is no such thing */
export function checkOptions(options: AppOptions): void {
  const given: unknown = options;
  if (!isObject(given) || !isObject(given.log))
    throw new Error("createApp: it needs a log: createApp(config, { log: createLog(config.log) })");
  const strangers = (of: object, known: object, prefix = "") =>
    Object.keys(of)
      .filter((name) => !Object.hasOwn(known, name))
      .map(
        (name) =>
          `there is no option ${prefix}${name}${didYouMean(
            `${prefix}${name}`,
            Object.keys(known).map((each) => `${prefix}${each}`),
          )}`,
      );
  const problems = strangers(given, OPTIONS);
  for (const [group, known] of Object.entries(GROUPS)) {
    const inner = given[group];
    if (isObject(inner)) problems.push(...strangers(inner, known, `${group}.`));
    else if (inner !== undefined)
      problems.push(
        `${group} is an object of options${group === "game" ? "; games is the list of games" : ""}`,
      );
  }
  problems.push(...problemsOfMade(given));
  if (problems.length > 0) throw new Error(`createApp: ${problems.join("; ")}`);
}
