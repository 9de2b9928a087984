/** The type of the configuration, and what namespaces share of it. */
import type { Settings } from "../../core/ports/settings.ts";
import type { Algorithm } from "../auth/algorithms.ts";
import type { Fields } from "./tree.ts";

/** Where the keys come from that verify tokens. Files have been read; only `secret` and `dev` can sign too. */
export type KeyMaterial =
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "publicKey"; readonly pem: string }
  | { readonly kind: "jwks"; readonly url: string }
  /** `AUTH_MODE=dev` without a key: a secret is made once and kept. */
  | { readonly kind: "dev" };

/** What is made of several settings, or of the environment. */
interface Derived {
  /** `NODE_ENV=production`. */
  readonly production: boolean;
  readonly server: {
    /** PEM files that can be read. */
    readonly tls?: { readonly certFile: string; readonly keyFile: string };
  };
  readonly auth: {
    readonly keys: KeyMaterial;
    /** What a token's `alg` may be; never empty. */
    readonly algorithms: readonly Algorithm[];
  };
  readonly chat: {
    readonly filter: { readonly service?: { readonly url: string; readonly secret?: string } };
  };
}

/**
 * The checked configuration, deeply frozen. Times in milliseconds, sizes in bytes; a limit of `limits` that is off is Infinity. Every
 * field is described in server/config/settings.
 */
export type Config = Fields & Derived;
export type AuthConfig = Config["auth"];

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
    retention: {
      maxLength: config.retention.maxLength,
      maxBytes: config.retention.maxBytes,
      ttlMs: config.retention.ttlMs,
    },
    onceTtlMs: config.retention.onceTtlMs,
    maxConnectionsPerRoom: config.websocket.maxConnectionsPerRoom,
    limits: config.limits,
    openBroadcast: config.rooms.openBroadcast,
  };
}
