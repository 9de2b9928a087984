/** What every namespace has beside its own contract: errors, the token's life, the goodbye, reliable delivery. */
import { Type } from "typebox";
import { type Contract, command, event, type NamespaceName } from "../core/contract/contract.ts";

export const commonCommands = {
  refresh_token: command({
    summary: "Extends the connection with a newer token of the same user.",
    input: Type.Object({ token: Type.String({ minLength: 1, maxLength: 4096 }) }),
    result: Type.Object({ expires_at: Type.String() }),
    rate: { max: 5, windowMs: 10_000 },
  }),
  ping: command({
    summary:
      "Answered with `pong`: a heartbeat for clients that want their own. A `timestamp` in the namespace's form comes back in it.",
    input: Type.Object({ timestamp: Type.Optional(Type.Unknown()) }),
    result: Type.Object({}),
    anonymous: true,
    order: "free",
  }),
  ack: command({
    summary: "Acknowledges a reliable event, for clients without Socket.IO acknowledgements.",
    input: Type.Object({ delivery_id: Type.String({ minLength: 1, maxLength: 256 }) }),
    result: Type.Object({}),
    anonymous: true,
    rate: { max: 200, windowMs: 1_000 },
    order: "free",
  }),
} as const;

export const commonEvents = {
  pong: event({ summary: "The answer to `ping`.", payload: Type.Object({}), delivery: "ordinary" }),
  error: event({
    summary: "A command without an acknowledgement failed, or the connection is about to end.",
    payload: Type.Object({ error: Type.String(), code: Type.String(), event: Type.Optional(Type.String()) }),
    delivery: "ordinary",
  }),
  token_expiring: event({
    summary: "The token ends in a minute: send `refresh_token`.",
    payload: Type.Object({ expires_at: Type.String() }),
    delivery: "ordinary",
  }),
  server_draining: event({
    summary: "This worker stops: reconnect after so many milliseconds.",
    payload: Type.Object({ reconnect_in_ms: Type.Number() }),
    delivery: "ordinary",
  }),
} as const;

/** What is sent in one turn of the event loop mostly has the same time. */
let lastIso = { at: Number.NaN, text: "" };

/** The form of `timestamp` in a namespace: milliseconds on `/`, ISO 8601 elsewhere. */
export function timestampOf(namespace: NamespaceName, now: number): number | string {
  if (namespace === "/") return now;
  if (lastIso.at !== now) lastIso = { at: now, text: new Date(now).toISOString() };
  return lastIso.text;
}

/** A namespace's contract as clients see it: with what every namespace has. */
export interface Complete<C extends Contract> extends Contract {
  readonly commands: C["commands"] & typeof commonCommands;
  readonly events: C["events"] & typeof commonEvents;
}
