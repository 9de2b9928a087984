/** What the benchmark of presence asks of its load process, and is told. */

export interface PresenceLoad {
  readonly url: string;
  /** Who are there all the time. */
  readonly users: number;
  /** Of these, so many watch those who come and go. */
  readonly watchers: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Changed {
  readonly changes: number;
  /** Events about presence that arrived at those who are there all the time. */
  readonly told: number;
}

export type PresenceLoadReply =
  | { readonly begins: "status" | "churn" }
  | { readonly ended: Changed }
  | { readonly failed: string };
