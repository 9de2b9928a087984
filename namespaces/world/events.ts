/** What clients of `/world` send and get: types only. */
import type {
  ClientToServer,
  InputOf,
  PayloadOf,
  ResultOf,
  ServerToClient,
} from "../../core/contract/contract.ts";
import type { worldContract } from "./schema.ts";

export type WorldContract = typeof worldContract;
export type WorldClientToServer = ClientToServer<WorldContract>;
export type WorldServerToClient = ServerToClient<WorldContract>;

/** The acknowledgement of `enter` and `zone_change`. */
export type EnteredZone = ResultOf<WorldContract, "enter">;
export type Surroundings = ResultOf<WorldContract, "nearby">;
export type WireEntity = EnteredZone["entities"][number];
export type WirePlayer = EnteredZone["players"][number];
export type WorldTick = PayloadOf<WorldContract, "world_tick">;
export type MovedPlayer = WorldTick["moved"][number];
export type Updates = NonNullable<InputOf<WorldContract, "enter">["updates"]>;
export type SpawnEntity = InputOf<WorldContract, "entity_spawn">;
export type UpdateEntity = InputOf<WorldContract, "entity_update">;
