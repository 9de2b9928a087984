import { because } from "../core/contract/cause.ts";
import type { Role } from "../core/contract/contract.ts";
import { GameError } from "../core/contract/errors.ts";
import type { Identity } from "../core/contract/session.ts";

/** Who may call: of a command's contract, or of an HTTP route. */
export interface Permission {
  /** Any of these; absent: every user with a token. */
  readonly roles?: readonly Role[] | undefined;
  readonly anonymous?: boolean | undefined;
}

/** @throws GameError `unauthorized` where a token would be needed, `forbidden` where its roles do not do */
export function authorize(identity: Pick<Identity, "anonymous" | "roles">, permission: Permission): void {
  if (identity.anonymous && permission.anonymous !== true)
    throw new GameError("unauthorized", { cause: because("guest", "guests may not: a token is needed") });
  const { roles } = permission;
  if (roles !== undefined && !identity.roles.some((role) => roles.includes(role)))
    throw new GameError("forbidden", {
      cause: because("role", `${roles.join(" or ")} is needed, not ${identity.roles.join(", ")}`),
    });
}
