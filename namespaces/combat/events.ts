/** Types of `/combat` for clients: nothing of this file is left after compilation. */
import type {
  ClientToServer,
  InputOf,
  PayloadOf,
  ResultOf,
  ServerToClient,
} from "../../core/contract/contract.ts";
import type { CombatContract } from "./schema.ts";

export type CombatClientToServer = ClientToServer<CombatContract>;
export type CombatServerToClient = ServerToClient<CombatContract>;
export type CombatState = ResultOf<CombatContract, "combat_state">["state"];
export type CombatResult = ResultOf<CombatContract, "combat_action">["result"];
export type CombatLogEntry = NonNullable<ResultOf<CombatContract, "combat_state">["log"]>[number];
export type CombatInvite = PayloadOf<CombatContract, "combat_invite">;
export type CombatCreate = InputOf<CombatContract, "combat_create">;
