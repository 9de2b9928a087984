/** What clients of `/chat` see, as types. */
import type { Static } from "typebox";
import type {
  ClientToServer as CommandMap,
  ServerToClient as EventMap,
  PayloadOf,
} from "../../core/contract/contract.ts";
import type { AuditItem as AuditSchema, ChannelItem as ItemSchema } from "./model/payloads.ts";
import type { chatContract } from "./schema.ts";

export type ChatContract = typeof chatContract;
export type ClientToServer = CommandMap<ChatContract>;
export type ServerToClient = EventMap<ChatContract>;

/** An entry of a channel in `history` and `sync`: the event that told of it, by name. */
export type ChannelItem = Static<typeof ItemSchema>;
/** An entry of the audit stream. */
export type AuditItem = Static<typeof AuditSchema>;
export type ModerationPayload = PayloadOf<ChatContract, "moderation">;
export type ModerationAction = ModerationPayload["action"];
