/** Which commands can be sent again when their answer did not come, and the field that names them to the server. */
import type { CommandName, Contract } from "../core/contract.ts";
import type { ChatContract } from "../namespaces/chat/events.ts";
import type { CombatContract } from "../namespaces/combat/schema.ts";
import type { GameContract } from "../namespaces/game/events.ts";
import type { MatchmakingContract } from "../namespaces/matchmaking/events.ts";
import type { RoomsContract } from "../namespaces/rooms/events.ts";
import type { WorldContract } from "../namespaces/world/events.ts";

/** Every namespace and its contract. */
export interface Contracts {
  readonly "/": RoomsContract;
  readonly "/game": GameContract;
  readonly "/chat": ChatContract;
  readonly "/combat": CombatContract;
  readonly "/world": WorldContract;
  readonly "/matchmaking": MatchmakingContract;
}

type IdField = "client_msg_id" | "action_id" | "request_id";
type Table<C extends Contract> = { readonly [K in CommandName<C>]?: IdField | "same" };

/** An id's field: the server acts once and gives the first answer again. `same`: doing it twice is doing it once. */
const REPEATABLE: { readonly [N in keyof Contracts]: Table<Contracts[N]> } = {
  "/": { subscribe: "same", unsubscribe: "same", publish: "client_msg_id" },
  "/game": {
    status: "same",
    "user:list": "same",
    "room:list": "same",
    "room:state": "same",
    "game:action": "action_id",
    achievement: "request_id",
  },
  "/chat": {
    chat_message: "client_msg_id",
    history: "same",
    sync: "same",
    read: "same",
    unread: "same",
    channels: "same",
    reports: "same",
    block: "same",
    unblock: "same",
    blocked: "same",
  },
  "/combat": {
    combat_create: "request_id",
    combat_join: "same",
    combat_state: "same",
    combat_action: "action_id",
    combat_flee: "action_id",
  },
  "/world": { enter: "same", nearby: "same" },
  "/matchmaking": { queue_join: "request_id", preferences: "same" },
};

/** The field of the command's id, `same`, or undefined where it must not be sent twice. */
export function repeatableBy(namespace: keyof Contracts, event: string): IdField | "same" | undefined {
  const table: Readonly<Record<string, IdField | "same" | undefined>> = REPEATABLE[namespace];
  return Object.hasOwn(table, event) ? table[event] : undefined;
}
