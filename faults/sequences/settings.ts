/** A server for sequences: no rate stands in their way, and a queue in which nobody is matched. */
import { contracts } from "../../server/contracts.ts";

const commands = contracts.flatMap((contract) => Object.keys(contract.commands));

export const SEQUENCE_ENV: Readonly<Record<string, string>> = {
  RATE_LIMITS_CONNECTION: "off",
  RATE_LIMITS_USER: "off",
  RATE_LIMITS_CONNECTION_BYTES: "0",
  RATE_LIMITS_USER_BYTES: "0",
  RATE_LIMITS_EVENTS: [...new Set(commands)].map((name) => `${name}=off`).join(","),
  MATCHMAKING_MODES: JSON.stringify({ alone: { game: "relay", teams: 64 } }),
};
