/** The events of `/` as types, for clients and for other namespaces. */
import type { ClientToServer, ServerToClient } from "../../core/contract/contract.ts";
import type { roomsContract } from "./schema.ts";

export type RoomsContract = typeof roomsContract;
export type RoomsClientToServer = ClientToServer<RoomsContract>;
export type RoomsServerToClient = ServerToClient<RoomsContract>;
