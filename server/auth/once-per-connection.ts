/** A client that opens six namespaces on one connection brings the same token six times: it is verified once. */
import type { Identity } from "../../core/contract/session.ts";
import { sha256 } from "../../core/sha256.ts";
import { MAX_TOKEN_LENGTH, type Verify } from "./verify.ts";

/** For the burst of a start; afterwards a token is verified anew. */
const FOR_MS = 5_000;

interface Verified {
  /** The token itself is not kept as long as the connection lives. */
  readonly tokenHash: string;
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
      // Else it costs more than what is refused for its length.
      const tokenHash = token.length > MAX_TOKEN_LENGTH ? "" : sha256(token);
      if (before?.tokenHash === tokenHash && now() < before.until && !isRevoked(before.identity))
        return before.identity;
      const keep = (identity: Identity): Identity => {
        const expiresAtMs = (identity.token?.expiresAt ?? 0) * 1_000;
        known.set(connection, { tokenHash, identity, until: Math.min(now() + FOR_MS, expiresAtMs) });
        return identity;
      };
      const identity = verify(token);
      return identity instanceof Promise ? identity.then(keep) : keep(identity);
    },
  };
}
