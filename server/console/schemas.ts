/** Shapes of the console's HTTP API: its queries and bodies, and the answers to log-ins and acts. */
import { Type } from "typebox";
import { NAMESPACES } from "../../core/contract/contract.ts";
import { MAX_DURATION_S, Reason } from "../../namespaces/chat/model/payloads.ts";

const Id = Type.String({ minLength: 1, maxLength: 128 });
const Time = Type.String({ format: "date-time" });
const Namespace = Type.Enum([...NAMESPACES]);
const Cursor = Type.Optional(
  Type.String({ minLength: 1, maxLength: 1_024, description: "The `cursor` of the page before." }),
);
const Limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 200, description: "Items of a page. Default: 50." }),
);
const Before = Type.Optional(
  Type.Integer({ minimum: 1, description: "The `offset` of the first entry of the page after." }),
);

export const PageQuery = Type.Object({ cursor: Cursor, limit: Limit });
export const BeforeQuery = Type.Object({ before: Before, limit: Limit });
export const LimitQuery = Type.Object({ limit: Limit });
export const UsersQuery = Type.Object({
  namespace: Type.Optional(Namespace),
  cursor: Cursor,
  limit: Limit,
});
export const ConnectionsQuery = Type.Object({
  user: Type.Optional(Id),
  namespace: Type.Optional(Namespace),
  cursor: Cursor,
  limit: Limit,
});
export const RoomsQuery = Type.Object({
  list: Type.Optional(
    Type.Enum(["followed", "public", "root", "relay"], {
      description:
        "followed (default): rooms and matches of `/game` that somebody is connected to; public: those of the lobby, newest first; root: rooms of `/`; relay: relay rooms.",
    }),
  ),
  cursor: Cursor,
  limit: Limit,
});
const As = Type.Optional(
  Type.String({
    maxLength: 128,
    description: "With the state after each step as this user sees it; empty: as a spectator does.",
  }),
);
export const LogQuery = Type.Object({
  round: Type.Optional(Type.Integer({ minimum: 1, description: "Default: the present or last game." })),
  after: Type.Optional(
    Type.Integer({ minimum: 0, description: "The offset of the last step that is known." }),
  ),
  as: As,
  limit: Limit,
});
export const FightLogQuery = Type.Object({
  after: Type.Optional(
    Type.Integer({ minimum: 0, description: "The `seq` of the last move that is known." }),
  ),
  as: As,
  limit: Limit,
});

export const LoginBody = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
});
const Role = Type.Enum(["viewer", "operator"]);
export const LoginAnswer = Type.Object({
  session: Type.String({ description: "For `Authorization: Bearer`." }),
  name: Type.String(),
  role: Role,
  expires_in: Type.Integer({ description: "Seconds." }),
});
export const MeAnswer = Type.Object({ name: Type.String(), role: Role });
export const LogoutAnswer = Type.Object({ logged_out: Type.Literal(true) });

/** Whom an act concerns, where in `/chat`, and why. */
const concerned = {
  user_id: Id,
  channel: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 300,
      description:
        "`global`, a named channel, `guild:<id>`, `party:<id>` or `room:<room_id>`. Left out: everywhere in `/chat`.",
    }),
  ),
  reason: Type.Optional(Reason),
};
export const SanctionBody = Type.Object({
  ...concerned,
  duration_s: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_DURATION_S, description: "Left out: without an end." }),
  ),
});
export const PardonBody = Type.Object(concerned);
export const RevokeUserBody = Type.Object({ user_id: Id });
export const DisconnectBody = Type.Object({ user_id: Id, namespace: Type.Optional(Namespace) });
export const UserActed = Type.Object({
  user_id: Type.String(),
  tokens_until: Type.Optional(
    Type.String({
      format: "date-time",
      description: "Of a revocation: tokens issued up to then are refused.",
    }),
  ),
});
export const SanctionAnswer = Type.Object({ user_id: Type.String(), until: Type.Optional(Time) });
