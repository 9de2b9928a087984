/** Settings that more than one namespace reads; the rest are options of their namespace. */
export interface Settings {
  readonly authMode: "dev" | "jwt";
  readonly production: boolean;
  /** How long a user may be away before it counts. */
  readonly graceMs: { readonly presence: number; readonly seat: number; readonly ticket: number };
  /** What streams keep: by count, and by time since the last entry. */
  readonly retention: { readonly maxLength: number; readonly ttlMs: number };
  /** How long the result of a command with an idempotency id is given again. */
  readonly onceTtlMs: number;
  /** 0: no limit. */
  readonly maxConnectionsPerRoom: number;
  /** Whether `broadcast` on `/` is for every user instead of the roles `service` and `admin`. */
  readonly openBroadcast: boolean;
}
