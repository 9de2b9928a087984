/** The checked configuration: what each part of the server is given. Times in milliseconds, sizes in bytes. Deeply frozen. */
import type { RateRule, Role } from "../../core/contract/contract.ts";
import type { Limits, Settings } from "../../core/games/settings.ts";
import type { LimitRule } from "../../middleware/rate-limit/limiter.ts";
import type { Treatment } from "../../namespaces/chat/filters/tidy.ts";
import type { Algorithm } from "../auth/algorithms.ts";

/** Where the keys come from that verify tokens. Files have been read; only `secret` and `dev` can sign too. */
export type KeyMaterial =
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "publicKey"; readonly pem: string }
  | { readonly kind: "jwks"; readonly url: string }
  /** `AUTH_MODE=dev` without a key: a secret is made once and kept. */
  | { readonly kind: "dev" };

export interface AuthConfig {
  readonly mode: "dev" | "jwt";
  readonly keys: KeyMaterial;
  /** What a token's `alg` may be; never empty. */
  readonly algorithms: readonly Algorithm[];
  readonly issuer?: string;
  /** A token is good with any of these. */
  readonly audience?: readonly string[];
  /** The claim that is the user's id, where it is named: its numbers become text. Absent: `sub`, which must be text. */
  readonly userClaim?: string;
  /** How far ahead `exp` may be, and how long a revocation is kept. */
  readonly maxTokenAgeMs: number;
  /** Counts as role `service` on the HTTP API. */
  readonly apiKey?: string;
}

export interface Config {
  readonly production: boolean;
  readonly server: {
    readonly host: string;
    /** 0: any free one. */
    readonly port: number;
    /** `/ws` and below it. */
    readonly plainEndpoints: boolean;
    /** PEM files that exist. */
    readonly tls?: { readonly certFile: string; readonly keyFile: string };
    /** Proxies in front, counted (0: none), or their addresses: the form that Express' `trust proxy` takes. */
    readonly trustProxy: number | readonly string[];
    readonly publicMetrics: boolean;
    readonly compression: boolean;
    /** What one turn of the event loop sends to a socket is written at once; never with compression. */
    readonly fastBroadcast: boolean;
    /** How long a stopping worker waits for what is under way. */
    readonly drainMs: number;
  };
  readonly websocket: {
    /** For a connection to be made and authenticated, and for an HTTP request to arrive. */
    readonly timeoutMs: number;
    readonly maxMessageBytes: number;
    readonly pingIntervalMs: number;
    /** Since the last sign of life; longer than `pingIntervalMs`. */
    readonly pongWaitMs: number;
    /** How long a client may take to read what was written to it. */
    readonly writeWaitMs: number;
    /** Between two looks for workers, connections and entries that are gone. */
    readonly cleanupIntervalMs: number;
    /** Per worker; 0: no limit. */
    readonly maxConnections: number;
    /** In the whole cluster; 0: no limit. */
    readonly maxConnectionsPerUser: number;
    /** In the whole cluster; 0: no limit. */
    readonly maxConnectionsPerRoom: number;
  };
  readonly auth: AuthConfig;
  /** Exact origins, as browsers send them. */
  readonly cors: { readonly origins: readonly string[] };
  /** Without credentials (outside production only) `username` and `password` are absent. */
  readonly admin: {
    readonly enabled: boolean;
    readonly username?: string;
    readonly password?: string;
    readonly mode: "development" | "production";
  };
  readonly store: {
    readonly redisUrl?: string;
    readonly redisPassword?: string;
    readonly redisSentinelPassword?: string;
    /** An absolute path. */
    readonly dataDir: string;
  };
  readonly log: {
    readonly level: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
    readonly format: "ecs" | "pretty";
  };
  /** Absent or null: no limit. `events` by name replaces what a contract says. */
  readonly rateLimits: {
    readonly global?: RateRule;
    readonly connection?: RateRule;
    readonly user?: RateRule;
    readonly events: Readonly<Record<string, LimitRule | null>>;
    /** By role and event, in place of the above; of a user's roles the most generous counts. */
    readonly roles: Readonly<Partial<Record<Role, Readonly<Record<string, LimitRule | null>>>>>;
    /** How long a user who goes on although refused is refused at most; 0: never longer than the window. */
    readonly longestRefusalMs: number;
  };
  readonly grace: {
    readonly presenceMs: number;
    readonly seatMs: number;
    readonly ticketMs: number;
    /** How long a device that acknowledges reliable events is waited for after its last connection. */
    readonly deviceMs: number;
  };
  readonly retention: { readonly maxLength: number; readonly ttlMs: number; readonly onceTtlMs: number };
  readonly limits: Limits;
  /** The gateway that commands are forwarded to (`API_GATEWAY_URL`). */
  readonly upstream: {
    readonly url?: string;
    readonly secret?: string;
    /** In lower case; `authorization`: as a bearer token. */
    readonly secretHeader: string;
    readonly timeoutMs: number;
  };
  readonly matchmaking: {
    /** The queue stays here although there is an upstream. */
    readonly local: boolean;
    /** Modes by name, in the form that `namespaces/matchmaking/modes.ts` checks. */
    readonly modes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  readonly rooms: { readonly openBroadcast: boolean };
  readonly chat: {
    readonly filter: {
      /** That messages must not have: replaced by stars, or the message is refused. */
      readonly words: readonly string[];
      readonly action: "mask" | "refuse";
      readonly links: Treatment;
      readonly repeats: Treatment;
      readonly shouting: Treatment;
      /** Asked of every message, after the built-in filters. */
      readonly service?: { readonly url: string; readonly secret?: string };
      readonly timeoutMs: number;
      /** What becomes of a message when the service does not answer in time. */
      readonly fallback: "pass" | "refuse";
    };
  };
  /** With more users than this in `/game` changes of the whole list are not pushed. */
  readonly presence: { readonly pushedUsers: number };
}

/** What namespaces share of it. */
export function toSettings(config: Config): Settings {
  return {
    authMode: config.auth.mode,
    production: config.production,
    graceMs: {
      presence: config.grace.presenceMs,
      seat: config.grace.seatMs,
      ticket: config.grace.ticketMs,
    },
    retention: { maxLength: config.retention.maxLength, ttlMs: config.retention.ttlMs },
    onceTtlMs: config.retention.onceTtlMs,
    maxConnectionsPerRoom: config.websocket.maxConnectionsPerRoom,
    limits: config.limits,
    openBroadcast: config.rooms.openBroadcast,
  };
}
