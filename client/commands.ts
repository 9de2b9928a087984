/** Which commands can be sent again when their answer did not come, and the field that names them to the server. */
import type { CommandName, Contract, InputOf } from "../core/contract/contract.ts";
import type { ChatContract } from "../namespaces/chat/schema.ts";
import type { CombatContract } from "../namespaces/combat/schema.ts";
import type { GameContract } from "../namespaces/game/schema.ts";
import type { MatchmakingContract } from "../namespaces/matchmaking/schema.ts";
import type { RoomsContract } from "../namespaces/rooms/schema.ts";
import type { WorldContract } from "../namespaces/world/schema.ts";
import { ClientError } from "./errors.ts";

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
type IdFieldOf<C extends Contract, K extends CommandName<C>> = Extract<keyof InputOf<C, K>, IdField>;

/** For every command of a contract, whether it can be sent again: one that was forgotten does not compile. */
export type Repeats<C extends Contract> = {
  readonly [K in CommandName<C>]: [IdFieldOf<C, K>] extends [never]
    ? "same" | "once" | "volatile"
    : IdFieldOf<C, K>;
};

/**
 * An id's field: the server acts once and gives the first answer again. `same`: doing it twice is doing it once. `once`: it is not
 * sent again, for it would act, or notify others, a second time, or be refused although it was done. `volatile`: neither, and where it
 * can't be sent at once only the newest is.
 */
const REPEATS: { readonly [N in keyof Contracts]: Repeats<Contracts[N]> } = {
  "/": {
    subscribe: "same",
    unsubscribe: "same",
    publish: "client_msg_id",
    broadcast: "once",
    "relay:join": "once",
    "relay:leave": "once",
    relay: "once",
  },
  "/game": {
    status: "same",
    "user:list": "same",
    "presence:watch": "same",
    "presence:unwatch": "same",
    "room:create": "once",
    "room:join": "once",
    "room:leave": "once",
    "room:list": "same",
    "room:watch": "same",
    "room:unwatch": "same",
    "room:update": "same",
    "room:mine": "same",
    "room:signal": "once",
    "room:start": "once",
    "room:kick": "once",
    "room:rematch": "once",
    "room:state": "same",
    "game:input": "same",
    "game:action": "action_id",
    "match:replay": "same",
    announcement: "once",
    achievement: "request_id",
    player_status: "once",
  },
  "/chat": {
    chat_message: "client_msg_id",
    typing: "volatile",
    history: "same",
    sync: "same",
    read: "same",
    unread: "same",
    channels: "same",
    // Between two tries another may have edited it.
    edit: "once",
    delete: "same",
    // A repeat would also act on everything that was said since.
    purge: "once",
    report: "same",
    reports: "same",
    audit: "same",
    slow_mode: "same",
    channel_create: "once",
    channel_delete: "once",
    channel_join: "same",
    channel_leave: "same",
    channel_invite: "same",
    channel_remove: "once",
    channel_list: "same",
    channel_members: "same",
    block: "same",
    unblock: "same",
    blocked: "same",
    // A repeat begins anew, and is announced and recorded each time.
    mute: "once",
    kick: "once",
    ban: "once",
    unmute: "same",
    unban: "same",
  },
  "/combat": {
    combat_create: "request_id",
    combat_join: "same",
    combat_state: "same",
    combat_action: "action_id",
    combat_flee: "action_id",
  },
  "/world": {
    enter: "same",
    player_movement: "volatile",
    zone_change: "once",
    leave: "once",
    nearby: "same",
    entity_spawn: "once",
    entity_update: "once",
    entity_despawn: "once",
    world_event: "once",
    zone_changed: "once",
  },
  "/matchmaking": {
    queue_join: "request_id",
    preferences: "same",
    queue_leave: "once",
    match_accept: "once",
    match_decline: "once",
    match_backfill: "once",
    skill_set: "once",
    party_create: "once",
    party_invite: "once",
    party_join: "once",
    party_leave: "once",
    party_kick: "once",
    party_promote: "once",
  },
};

/** @throws ClientError where there is no such namespace, with those that there are */
export function checkNamespace(namespace: string): void {
  if (Object.hasOwn(REPEATS, namespace)) return;
  const message = `there is no namespace ${namespace}, only ${Object.keys(REPEATS).join(", ")}`;
  throw new ClientError({ code: "not_found", message });
}

/** How the command may be sent again; `once` for one that no table knows. */
export function repeatableBy(
  namespace: keyof Contracts,
  event: string,
): IdField | "same" | "once" | "volatile" {
  const table: Readonly<Record<string, IdField | "same" | "once" | "volatile">> = REPEATS[namespace];
  return (Object.hasOwn(table, event) ? table[event] : undefined) ?? "once";
}
