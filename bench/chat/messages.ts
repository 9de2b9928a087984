/** What the fan-out benchmark of chat asks of its load process, and is told. */

export interface ChatLoad {
  readonly kind: "muster" | "relay";
  readonly url: string;
  readonly members: number;
  readonly senders: number;
  /** Messages that each sender has unacknowledged. */
  readonly outstanding: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Delivered {
  /** Messages acknowledged while it was measured. */
  readonly acknowledged: number;
  /** Messages that arrived at all members together. */
  readonly delivered: number;
  readonly refused: number;
  readonly seconds: number;
  /** From sending to the acknowledgement, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type ChatLoadReply =
  | { readonly phase: "measuring" }
  | { readonly delivered: Delivered }
  | { readonly failed: string };
