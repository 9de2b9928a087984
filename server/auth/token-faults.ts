/** What is wrong with a token, in words for whoever has to find out. */
import jwt from "jsonwebtoken";
import { because, quoted, roughly } from "../../core/contract/cause.ts";
import { GameError } from "../../core/contract/errors.ts";

export const invalid = (kind: string, text: string) =>
  new GameError("token_invalid", { cause: because(kind, text) });

export interface Expected {
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly nowS: number;
}

/**
 * What the library says of a token, with what was expected.
 * @param claims what the token says, as far as it can be read
 */
export function faultOf(
  thrown: unknown,
  claims: Readonly<Record<string, unknown>> | undefined,
  { issuer, audience, nowS }: Expected,
): GameError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof jwt.TokenExpiredError) {
    const text = `exp was ${roughly(nowS - thrown.expiredAt.getTime() / 1_000)} ago`;
    return new GameError("token_expired", { cause: because("expired", text) });
  }
  if (message.startsWith("jwt issuer"))
    return invalid("issuer", `issuer ${quoted(claims?.iss)} is not ${quoted(issuer)}`);
  if (message.startsWith("jwt audience")) {
    const wanted = (audience ?? []).map(quoted).join(", ");
    return invalid("audience", `audience ${quoted(claims?.aud)} is none of ${wanted}`);
  }
  if (message === "invalid signature") return invalid("signature", "the signature does not fit the key");
  return invalid("form", message);
}
