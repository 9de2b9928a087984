/** What a client is called in relay rooms: by its token, else as it says itself, else by its connection. */
import type { Socket } from "socket.io";
import type { ClientName, Identity } from "../../core/contract/session.ts";

/** Stands for a name that is no text, or too long to be kept: not the absence of one, and never a good one. */
const NO_NAME = "";
const MAX_LENGTH = 128;

export function clientNameOf({ handshake, id }: Socket, { clientId }: Identity): ClientName {
  if (clientId !== undefined) return { id: clientId, source: "token" };
  const { auth, query } = handshake as { auth?: Record<string, unknown>; query: Record<string, unknown> };
  const given = [auth?.client_id, query.client_id].find((name) => !isAbsent(name));
  if (given === undefined) return { id, source: "connection" };
  const isName = typeof given === "string" && given.length <= MAX_LENGTH;
  return { id: isName ? given : NO_NAME, source: "client" };
}

const isAbsent = (value: unknown) => value === undefined || value === null || value === "";
