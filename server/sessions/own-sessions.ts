/** The application's word on who connects: sessions of its own beside tokens, and a last look at everybody who would be let in. */
import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "socket.io";
import { askInTime } from "../../core/async.ts";
import { because } from "../../core/contract/cause.ts";
import { type Contract, type NamespaceName, ROLES, type Role } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { isUserId } from "../auth/claims.ts";

/** What a connection to a namespace has brought along. */
export interface ConnectRequest {
  readonly namespace: NamespaceName;
  /** Of the HTTP request that began it, cookies among them. */
  readonly headers: IncomingHttpHeaders;
  readonly query: Readonly<Record<string, unknown>>;
  /** Socket.IO's `auth`. */
  readonly auth: Readonly<Record<string, unknown>>;
  /** The client's address, as `server.trust_proxy` lets it be known. */
  readonly address: string;
}

/** A user as the application knows them. */
export interface OwnIdentity {
  /** 1 to 128 characters, not beginning with `anonymous:` or `guest:`. */
  readonly userId: string;
  /** Default: the id. */
  readonly name?: string;
  /** Default: player. */
  readonly roles?: readonly Role[];
  readonly guildId?: string;
  readonly skill?: number;
  /** When the session ends, in milliseconds since the epoch; the connection ends with it. Default: in a day. */
  readonly expiresAt?: number;
}

/**
 * Called for each connection to a namespace, before tokens are looked at.
 * @returns who it is; undefined: the token decides. A GameError that it throws refuses the connection; anything else is logged and told as
 * `internal`. After three seconds without an answer the client is told `unavailable`, and tries again.
 */
export type Authenticate = (
  request: ConnectRequest,
) => OwnIdentity | undefined | Promise<OwnIdentity | undefined>;

/** Called for each connection that would be let in. It refuses, and is limited, as `Authenticate`. */
export type OnConnect = (
  connection: ConnectRequest & { readonly identity: Identity },
) => void | Promise<void>;

export interface OwnSessions {
  readonly authenticate?: Authenticate | undefined;
  readonly onConnect?: OnConnect | undefined;
}

type AuthenticateSocket = (socket: Socket, access: Contract["access"]) => Identity | Promise<Identity>;

const DAY_MS = 24 * 3_600_000;

/** @param now milliseconds since the epoch */
export function withOwnSessions(
  { authenticate, onConnect }: OwnSessions,
  byToken: AuthenticateSocket,
  addressOf: (request: Socket["request"]) => string,
  now: () => number,
): AuthenticateSocket {
  if (authenticate === undefined && onConnect === undefined) return byToken;
  return async (socket, access) => {
    const { headers, query, auth } = socket.handshake;
    const namespace = socket.nsp.name as NamespaceName;
    const request: ConnectRequest = {
      ...{ namespace, headers, query, address: addressOf(socket.request) },
      auth: typeof auth === "object" && auth !== null ? auth : {},
    };
    const own = authenticate && (await askInTime(async () => authenticate(request)));
    const identity = own === undefined ? await byToken(socket, access) : identityOf(own, now());
    if (onConnect) await askInTime(async () => onConnect({ ...request, identity }));
    return identity;
  };
}

/** @throws Error where the application has named nobody: its mistake, not the client's */
function identityOf(
  { userId, name = userId, roles = ["player"], guildId, skill, expiresAt }: OwnIdentity,
  nowMs: number,
): Identity {
  if (!isUserId(userId)) throw new Error(`authenticate: ${JSON.stringify(userId)} is no user id`);
  const unknown = roles.filter((role) => !ROLES.includes(role));
  if (unknown.length > 0) throw new Error(`authenticate: there is no role ${unknown.join(", ")}`);
  const endsAt = expiresAt ?? nowMs + DAY_MS;
  if (endsAt <= nowMs)
    throw new GameError("token_expired", { cause: because("expired", "the session has ended") });
  return {
    userId: asId<UserId>(userId),
    name: name.slice(0, 64),
    roles: [...roles],
    anonymous: false,
    token: { issuedAt: Math.floor(nowMs / 1_000), expiresAt: Math.floor(endsAt / 1_000) },
    ...(guildId === undefined ? {} : { guildId }),
    ...(skill === undefined ? {} : { skill }),
  };
}
