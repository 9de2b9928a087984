/** What names rooms may have. */
import { NAMESPACES } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";

/** Path segments after `/ws/` that mean something else. */
const RESERVED = new Set<string>(["stats", ...NAMESPACES.map((name) => name.slice(1))]);

/** @throws GameError `invalid_payload` with S1's text where the name is absent or empty */
export function roomName(given: string | undefined): string {
  if (given === undefined || given === "")
    throw new GameError("invalid_payload", { message: "room name is required" });
  return given;
}

/** @throws GameError `invalid_payload` where the name is absent, empty, or not one that `/ws/{room_id}` could have */
export function relayRoomId(given: string | undefined): string {
  const id = roomName(given);
  if (RESERVED.has(id))
    throw new GameError("invalid_payload", { message: `a relay room cannot be called ${id}` });
  return id;
}
