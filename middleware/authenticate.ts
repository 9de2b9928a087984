/** Who a connection speaks for, from what it brought along. Knows no transport. */
import { because, quoted } from "../core/contract/cause.ts";
import type { Contract } from "../core/contract/contract.ts";
import { GameError } from "../core/contract/errors.ts";
import type { Identity } from "../core/contract/session.ts";
import { asId, type ConnectionId, isReservedId, type UserId } from "../core/ids.ts";

/** @throws (or rejects with) GameError `token_invalid`, `token_expired`, `token_revoked`, `unavailable` */
export type VerifyToken = (token: string) => Identity | Promise<Identity>;

/** Raw from the client: `auth` of Socket.IO's handshake, headers, and the query parsed by name. */
export interface Handshake {
  readonly auth?: unknown;
  readonly headers: {
    readonly authorization?: string | undefined;
    readonly "ws-token"?: string | readonly string[] | undefined;
  };
  readonly query: Readonly<Record<string, unknown>>;
}

export interface Credentials {
  /** Something that was given as a token, good or not. */
  readonly token?: string;
  readonly userId?: string;
}

export interface AuthenticateOptions {
  readonly access: Contract["access"];
  readonly mode: "dev" | "jwt";
  readonly connectionId: ConnectionId;
  readonly verify: VerifyToken;
}

/** Stands for a token of another type than text: no token, and yet not the absence of one. */
const NOT_TEXT = "?";
const MAX_USER_ID = 128;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/**
 * Tokens by order of their sources: `auth.token`, `Authorization: Bearer`, `?token=`, and as public clients bring them: a header
 * `ws-token`, `?auth_token=`. An empty one is none.
 */
export function readCredentials({ auth, headers, query }: Handshake): Credentials {
  const given = typeof auth === "object" && auth !== null ? (auth as Record<string, unknown>) : undefined;
  const token =
    textOf(given?.token) ??
    bearerOf(headers.authorization) ??
    textOf(query.token) ??
    textOf(headers["ws-token"]) ??
    textOf(query.auth_token);
  const userId = textOf(given?.user_id) ?? textOf(query.user_id);
  return { ...(token === undefined ? {} : { token }), ...(userId === undefined ? {} : { userId }) };
}

/** The token of an `Authorization: Bearer` header; another scheme is somebody else's. */
export function bearerOf(header: string | undefined): string | undefined {
  const match = header === undefined ? null : /^bearer +(\S.*)$/i.exec(header);
  return match?.[1]?.trim();
}

/** A repeated query parameter is a list, and an `auth` can hold anything. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "string" ? value : NOT_TEXT;
}

/**
 * The identity of a connection to a namespace; at once where the token's key is at hand. A bad token never makes an
 * anonymous.
 * @throws (or rejects with) GameError `unauthorized`, `forbidden`, or what `verify` throws
 */
export function authenticate(
  { token, userId }: Credentials,
  { access, mode, connectionId, verify }: AuthenticateOptions,
): Identity | Promise<Identity> {
  if (token !== undefined) {
    const identity = verify(token);
    return identity instanceof Promise
      ? identity.then((verified) => sameUser(verified, userId))
      : sameUser(identity, userId);
  }
  if (userId !== undefined) {
    if (mode !== "dev")
      throw unauthorized("user_id", "a user_id without a token counts under AUTH_MODE=dev only");
    return devIdentity(userId);
  }
  if (access === "anonymous") return guest(`anonymous:${connectionId}`, true);
  // Clients of the Go relay and the XR clients have no tokens, and publish.
  if (access === "open-in-dev" && mode === "dev") return guest(`guest:${connectionId}`, false);
  throw unauthorized("no token", "no token was brought");
}

const unauthorized = (kind: string, text: string) =>
  new GameError("unauthorized", { cause: because(kind, text) });

/**
 * The identity of a newer token for a connection that is there.
 * @throws (or rejects with) GameError `forbidden` for another user's token, or what `verify` throws
 */
export function renew(current: Identity, token: string, verify: VerifyToken): Identity | Promise<Identity> {
  const identity = verify(token);
  return identity instanceof Promise
    ? identity.then((verified) => sameUser(verified, current.userId))
    : sameUser(identity, current.userId);
}

function sameUser(identity: Identity, userId: string | undefined): Identity {
  if (userId !== undefined && userId !== identity.userId)
    throw new GameError("forbidden", {
      cause: because("user", `the token is that of ${quoted(identity.userId)}, not of ${quoted(userId)}`),
    });
  return identity;
}

/** The user id that the client names, as DashDice's and the XR clients do. For development only. */
function devIdentity(userId: string): Identity {
  if (
    userId === NOT_TEXT ||
    userId.length > MAX_USER_ID ||
    userId.trim() === "" ||
    UNPRINTABLE.test(userId) ||
    isReservedId(userId)
  )
    throw new GameError("unauthorized", { message: "user_id is not a name of 1 to 128 characters" });
  return {
    userId: asId<UserId>(userId),
    name: userId.slice(0, 64),
    roles: ["player"],
    anonymous: false,
  };
}

function guest(id: string, anonymous: boolean): Identity {
  const identity: Identity = { userId: asId<UserId>(id), name: "guest", roles: ["player"], anonymous };
  return anonymous ? identity : { ...identity, guest: true };
}
