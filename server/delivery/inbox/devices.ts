/**
 * Which users have a device that acknowledges: kept in the store beside their inbox, so that every worker knows it, through drops
 * of the device and deaths of its worker. It ends some time after the device's last connection.
 */
import type { Log } from "../../../core/ports/log.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { SocketSession } from "../../sessions/socket-session.ts";
import type { StoredInboxes } from "./stored.ts";

/** It is written again when no more than this is left beyond what must hold: longer than `refresh` is away. */
const SLACK_MS = 60_000;

export interface Devices {
  /** A connection has come. @throws GameError `unavailable` */
  enter(session: SocketSession): Promise<void>;
  /** Now and then, of every connection. Never rejects. */
  refresh(session: SocketSession): Promise<void>;
}

/** @param deviceMs how long it holds after the device's last connection, at least */
export function createDevices(
  stored: Pick<StoredInboxes, "noteDevice">,
  store: Pick<Store, "now">,
  deviceMs: number,
  log: Log,
): Devices {
  const notedUntil = new WeakMap<SocketSession, number>();

  async function enter(session: SocketSession): Promise<void> {
    const { userId: user, namespace, reliable, identity } = session;
    if (!reliable || identity.anonymous) return;
    const enough = store.now() + deviceMs + SLACK_MS;
    if ((notedUntil.get(session) ?? 0) >= enough) return;
    const ahead = Math.max(deviceMs / 2, SLACK_MS);
    notedUntil.set(session, await stored.noteDevice({ user, namespace }, enough, enough + ahead));
  }

  return {
    enter,
    refresh: (session) =>
      enter(session).catch((err: unknown) =>
        log.debug({ err }, "a device could not be noted as one that acknowledges; tried again"),
      ),
  };
}
