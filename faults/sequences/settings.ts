/** A server for sequences: no rate stands in their way, and a queue in which nobody is matched. */
import { chatContract } from "../../namespaces/chat/index.ts";
import { combatContract } from "../../namespaces/combat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { worldContract } from "../../namespaces/world/index.ts";

const commands = [
  roomsContract,
  gameContract,
  chatContract,
  combatContract,
  worldContract,
  matchmakingContract,
].flatMap((contract) => Object.keys(contract.commands));

export const SEQUENCE_ENV: Readonly<Record<string, string>> = {
  RATE_LIMITS_CONNECTION: "off",
  RATE_LIMITS_USER: "off",
  RATE_LIMITS_CONNECTION_BYTES: "0",
  RATE_LIMITS_USER_BYTES: "0",
  RATE_LIMITS_EVENTS: [...new Set(commands)].map((name) => `${name}=off`).join(","),
  MATCHMAKING_MODES: JSON.stringify({ alone: { game: "relay", teams: 64 } }),
};
