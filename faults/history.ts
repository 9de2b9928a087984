/** What happened, as it could be seen from outside: the checker's only input. */

/** How a command ended for whoever sent it. */
export type Outcome =
  | { readonly kind: "ok"; readonly epoch?: string; readonly offset?: number }
  /** Refused for good: it must have no effect. */
  | { readonly kind: "fail"; readonly code: string }
  /** No answer, or `unavailable`: it may have one effect or none. */
  | { readonly kind: "unknown"; readonly code: string };

export interface Operation {
  /** Unlike any other's; travels in the message. */
  readonly id: string;
  readonly stream: string;
  /** Its sender sends one after the other: of two with an answer, the earlier one must come first. */
  readonly sender: string;
  readonly outcome: Outcome;
}

export type Seen =
  | { readonly kind: "entry"; readonly id: string; readonly offset?: number }
  /** The server said that entries are gone, or that it can't tell. */
  | { readonly kind: "gap" };

/** Someone who followed a stream from its beginning to its end. */
export interface Observer {
  readonly name: string;
  readonly stream: string;
  readonly seen: readonly Seen[];
}

export interface Entry {
  readonly id: string;
  readonly offset: number;
}

export interface History {
  /** Of each sender in the order in which it sent them. */
  readonly operations: readonly Operation[];
  readonly observers: readonly Observer[];
  /** Each stream as it is in the end; undefined where the server keeps none. */
  readonly final: ReadonlyMap<string, readonly Entry[]> | undefined;
  /** Of each stream the offset up to which entries are gone by retention, which is no loss. */
  readonly trimmed?: ReadonlyMap<string, number>;
  /** The streams hold nothing but the operations' messages: their offsets have no gaps. */
  readonly dense?: boolean;
}
