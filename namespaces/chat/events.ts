/** What clients of `/chat` see, as types. */
import type { Static } from "typebox";
import type {
  ClientToServer as CommandMap,
  ServerToClient as EventMap,
  PayloadOf,
} from "../../core/contract.ts";
import type { chatContract } from "./schema.ts";
import type { ChannelItem as ItemSchema } from "./shapes.ts";

export type ChatContract = typeof chatContract;
export type ClientToServer = CommandMap<ChatContract>;
export type ServerToClient = EventMap<ChatContract>;

/** An entry of a channel in `history` and `sync`: the event that told of it, by name. */
export type ChannelItem = Static<typeof ItemSchema>;
export type ModerationPayload = PayloadOf<ChatContract, "moderation">;
export type ModerationAction = ModerationPayload["action"];
