/** Names of rooms, and of clients in relay rooms. */
import { NAMESPACES } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { ConnectionId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { RoomsContract } from "./schema.ts";

/** Path segments after `/ws/` that mean something else. */
const RESERVED = new Set<string>(["stats", ...NAMESPACES.map((name) => name.slice(1))]);

/** @throws GameError `invalid_payload` for an absent or empty name, with the text that existing clients expect */
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

const MAX_LENGTH = 128;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
/** Separates name and user id; neither contains it. */
const SEPARATOR = "\n";

/** Connections, counted by client name and user. */
export const clientNamesScope: PresenceScope = { name: "relay-clients", online: [], offline: [] };

/**
 * A name that the client gave itself is checked before it is used: its form and, where there are tokens, that no other connected user has
 * it.
 */
export function createClientNames({ connectionPresence, store, settings }: Services) {
  const admitted = new Map<ConnectionId, Promise<void>>();

  async function check(session: Session<RoomsContract>): Promise<void> {
    const { id, source } = session.client;
    if (source === "client" && (id.length > MAX_LENGTH || id.trim() === "" || UNPRINTABLE.test(id)))
      throw new GameError("invalid_payload", {
        message: `client_id: 1 to ${MAX_LENGTH} characters, none of them a control character, are needed`,
      });
    // Without tokens there is no identity that a name could be checked against.
    if (settings.authMode !== "jwt") return;
    const own = id + SEPARATOR + session.userId;
    // Counted before the others are read: of two clients that come with one name at the same time, neither gets it.
    await connectionPresence.join(clientNamesScope, session, { subject: own });
    if (source !== "client") return;
    const { records } = await store.presence.page(clientNamesScope, { cursor: id + SEPARATOR, limit: 2 });
    if (records.some(({ subject }) => subject !== own && subject.startsWith(id + SEPARATOR))) {
      await connectionPresence.leave(clientNamesScope, session, own);
      throw new GameError("conflict", { message: "client_id: another user who is connected has it" });
    }
  }

  return {
    /**
     * Once per connection.
     * @throws GameError `invalid_payload`, `conflict` or `unavailable` (rejects with it)
     */
    async admit(session: Session<RoomsContract>): Promise<void> {
      let checked = admitted.get(session.id);
      if (checked === undefined) {
        checked = check(session);
        admitted.set(session.id, checked);
      }
      try {
        await checked;
      } catch (err) {
        admitted.delete(session.id);
        throw err;
      }
      if (!session.connected) admitted.delete(session.id);
    },
    ended: (session: Session<RoomsContract>) => void admitted.delete(session.id),
    /** Connections whose name was checked. */
    get size() {
      return admitted.size;
    },
  };
}
