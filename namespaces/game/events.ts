/** The events of `/game` as types, for clients and for other namespaces. */
import type { ClientToServer, PayloadOf, ServerToClient } from "../../core/contract/contract.ts";
import type { gameContract } from "./schema.ts";

export type GameContract = typeof gameContract;
export type GameClientToServer = ClientToServer<GameContract>;
export type GameServerToClient = ServerToClient<GameContract>;

/** A room as members and the list see it. */
export type RoomView = PayloadOf<GameContract, "room:updated">["room"];
/** A user as the list and `presence` show it. */
export type UserView = PayloadOf<GameContract, "presence">["joined"][number];
export type UserStatus = UserView["status"];
