/** A client that opens six namespaces on one connection brings the same token six times: it is verified once. */
import type { Identity } from "../../core/contract/session.ts";
import type { Verify } from "./verify.ts";

/** For the burst of a start; afterwards a token is verified anew. */
const FOR_MS = 5_000;

interface Verified {
  readonly token: string;
  readonly identity: Identity;
  readonly until: number;
}

export interface OncePerConnection {
  /** What verifies for this connection (the transport that its namespaces share). */
  of(connection: object): Verify;
}

/** @param isRevoked asked each time: a token may be revoked between two namespaces */
export function createOncePerConnection(
  verify: Verify,
  now: () => number,
  isRevoked: (identity: Identity) => boolean,
): OncePerConnection {
  const known = new WeakMap<object, Verified>();
  return {
    of: (connection) => (token) => {
      const before = known.get(connection);
      if (before?.token === token && now() < before.until && !isRevoked(before.identity))
        return before.identity;
      const keep = (identity: Identity): Identity => {
        const expiresAtMs = (identity.token?.expiresAt ?? 0) * 1_000;
        known.set(connection, { token, identity, until: Math.min(now() + FOR_MS, expiresAtMs) });
        return identity;
      };
      const identity = verify(token);
      return identity instanceof Promise ? identity.then(keep) : keep(identity);
    },
  };
}
