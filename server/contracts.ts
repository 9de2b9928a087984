/** The contracts of all namespaces that this package serves. */
import type { Contract } from "../core/contract/contract.ts";
import { chatContract } from "../namespaces/chat/schema.ts";
import { combatContract } from "../namespaces/combat/schema.ts";
import { gameContract } from "../namespaces/game/schema.ts";
import { matchmakingContract } from "../namespaces/matchmaking/schema.ts";
import { roomsContract } from "../namespaces/rooms/schema.ts";
import { worldContract } from "../namespaces/world/schema.ts";

export const contracts: readonly Contract[] = [
  roomsContract,
  gameContract,
  chatContract,
  combatContract,
  worldContract,
  matchmakingContract,
];
