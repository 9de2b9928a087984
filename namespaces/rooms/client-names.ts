/**
 * Names of clients in relay rooms. One that the client gave itself is looked at before it is used: its form, and, where tokens say
 * who somebody is, that no other user who is there now has it.
 */
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import type { ConnectionId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import type { RoomsContract } from "./schema.ts";

const MAX_LENGTH = 128;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
/** No name and no user id has it in it. */
const BETWEEN = "\n";

/** Who is there by which name: connections by name and user. */
export const clientNamesScope: PresenceScope = { name: "relay-clients", online: [], offline: [] };

export function createClientNames({ connectionPresence, store, settings }: Services) {
  const admitted = new Map<ConnectionId, Promise<void>>();

  async function look(session: Session<RoomsContract>): Promise<void> {
    const { id, source } = session.client;
    if (source === "client" && (id.length > MAX_LENGTH || id.trim() === "" || UNPRINTABLE.test(id)))
      throw new GameError("invalid_payload", {
        message: `client_id: 1 to ${MAX_LENGTH} characters, none of them a control character, are needed`,
      });
    // Without tokens anybody may be anybody.
    if (settings.authMode !== "jwt") return;
    const own = id + BETWEEN + session.userId;
    // Told before it is asked: of two who come with one name at the same time, neither gets it.
    await connectionPresence.join(clientNamesScope, session, { subject: own });
    if (source !== "client") return;
    const { records } = await store.presence.page(clientNamesScope, { cursor: id + BETWEEN, limit: 2 });
    if (records.some(({ subject }) => subject !== own && subject.startsWith(id + BETWEEN))) {
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
      let looked = admitted.get(session.id);
      if (looked === undefined) {
        looked = look(session);
        admitted.set(session.id, looked);
      }
      try {
        await looked;
      } catch (err) {
        admitted.delete(session.id);
        throw err;
      }
      if (!session.connected) admitted.delete(session.id);
    },
    ended: (session: Session<RoomsContract>) => void admitted.delete(session.id),
    /** Connections whose name was looked at. */
    get size() {
      return admitted.size;
    },
  };
}
