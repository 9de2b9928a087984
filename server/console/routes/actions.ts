/** What operators may do. Each act is written to the audit before it is done; a viewer may do none. */
import type { Request } from "express";
import type { Static, TObject } from "typebox";
import type { NamespaceName } from "../../../core/contract/contract.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Identity } from "../../../core/contract/session.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import { iso } from "../../../core/time.ts";
import type { ChatDesk } from "../../../namespaces/chat/inspect.ts";
import type { Revocations } from "../../auth/revocations.ts";
import { bodyRoute, type Route } from "../../http/route.ts";
import type { ConsoleAudit } from "../audit.ts";
import {
  DisconnectBody,
  PardonBody,
  RevokeUserBody,
  SanctionAnswer,
  SanctionBody,
  UserActed,
} from "../schemas.ts";
import { answered } from "./paging.ts";

export interface ActionRoutesDeps {
  readonly audit: ConsoleAudit;
  readonly revocations: Pick<Revocations, "revoke">;
  readonly chat: Pick<ChatDesk, "sanction" | "pardon">;
  /** On all workers, in all namespaces or one. */
  disconnect(user: UserId, namespace?: NamespaceName): void;
  addressOf(req: Request): string;
}

const operators = { kind: "console", role: "operator" } as const;

export function actionRoutes(deps: ActionRoutesDeps): Route[] {
  const { audit, revocations, chat } = deps;

  function action<B extends TObject>(
    name: string,
    about: { readonly summary: string; readonly body: B; readonly answer?: TObject },
    work: (body: Static<B>, by: Identity) => Promise<object>,
  ): Route {
    const { summary, body: schema, answer = UserActed } = about;
    return bodyRoute(
      {
        method: "post",
        path: `/api/console/${name}`,
        summary,
        access: operators,
        body: schema,
        answers: answered(answer, "It is done, and written to the audit"),
        failures: ["404", "503"],
      },
      async ({ req, res, body, caller }) => {
        if (caller === undefined) throw new GameError("unauthorized");
        const act = { by: caller.userId, address: deps.addressOf(req), action: name, input: body as object };
        res.json(await audit.perform(act, () => work(body, caller)));
      },
    );
  }

  const sanction = (kind: "mute" | "kick" | "ban", summary: string) =>
    action(kind, { summary, body: SanctionBody, answer: SanctionAnswer }, (order, by) =>
      chat.sanction(by, kind, order),
    );
  const pardon = (kind: "unmute" | "unban", summary: string) =>
    action(kind, { summary, body: PardonBody }, (order, by) => chat.pardon(by, kind, order));

  return [
    action(
      "revoke",
      {
        summary:
          "Revokes a user's tokens up to now; connections with them end within a second, on every worker.",
        body: RevokeUserBody,
      },
      async ({ user_id }) => {
        const { at } = await revocations.revoke({ userId: asId<UserId>(user_id) });
        return { user_id, tokens_until: iso(at * 1_000) };
      },
    ),
    action(
      "disconnect",
      {
        summary:
          "Ends a user's connections on every worker, in all namespaces or one. The user may come back.",
        body: DisconnectBody,
      },
      async ({ user_id, namespace }) => {
        deps.disconnect(asId<UserId>(user_id), namespace);
        return { user_id };
      },
    ),
    sanction("mute", "The user reads but cannot write, in a channel or everywhere in `/chat`."),
    pardon("unmute", "Lifts a mute."),
    sanction("kick", "Removes the user from a channel, or from `/chat`, for a time. Default: one minute."),
    sanction("ban", "Excludes the user from a channel, or from `/chat`. Without a duration it has no end."),
    pardon("unban", "Lifts a ban or a kick."),
  ];
}
