/** `POST /api/websocket`: other services send to users, rooms and namespaces. */
import type { Static } from "typebox";
import { GameError } from "../../core/contract/errors.ts";
import { asId, type DeliveryId, type UserId } from "../../core/ids.ts";
import type { Documents } from "../../core/ports/store/documents.ts";
import {
  isInternalName,
  isReservedEvent,
  MAX_USERS,
  type Notice,
  type Notify,
  type Sent,
} from "../delivery/notify.ts";
import { unprocessable } from "./errors.ts";
import { once } from "./idempotency.ts";
import { bodyRoute, type Route, type RouteAccess } from "./route.ts";
import { BroadcastAnswer, BroadcastBody } from "./schemas.ts";

type Broadcast = Static<typeof BroadcastBody>;

export interface BroadcastDeps {
  readonly notify: Notify;
  readonly documents: Documents;
  readonly access: RouteAccess;
  /** How long an answer is given again. */
  readonly keepMs: number;
}

export function broadcastRoutes({ notify, documents, access, keepMs }: BroadcastDeps): Route[] {
  return [
    bodyRoute(
      {
        method: "post",
        path: "/api/websocket",
        summary: "Sends an event to users, to a room or to a namespace, on whatever worker they are.",
        access,
        body: BroadcastBody,
        headers: {
          "Idempotency-Key": "The same key and body again get the first answer, and nothing is sent again.",
        },
        answers: { 200: { description: "How many users it reached", schema: BroadcastAnswer } },
        failures: ["404", "409", "422", "503"],
      },
      async ({ req, res, body, caller }) => {
        checkTarget(body);
        const key = req.get("idempotency-key");
        const answer = await once(
          documents,
          { key, caller: caller?.userId ?? "", body },
          keepMs,
          async (name) => {
            const sent = await send(notify, body, name);
            return { delivered_to: sent.deliveredTo, queued_for: sent.queuedFor };
          },
        );
        res.json(answer);
      },
    ),
  ];
}

/** What the schema cannot say. */
function checkTarget({ user_id, user_ids, room, namespace, message_type }: Broadcast): void {
  const wrong = (message: string) => new GameError("invalid_payload", { message });
  const targets = [user_id, user_ids, room].filter((target) => target !== undefined);
  if (targets.length > 1 || (targets.length === 0 && namespace === undefined))
    throw wrong("body: exactly one of user_id, user_ids, room (with namespace) and namespace is needed");
  if (room !== undefined && namespace === undefined) throw wrong("namespace: a room needs its namespace");
  if (user_ids !== undefined && user_ids.length > MAX_USERS)
    throw new GameError("payload_too_large", { message: `user_ids: at most ${MAX_USERS}` });
  if (isReservedEvent(message_type))
    throw unprocessable(`message_type: ${message_type} is an event of the server's own`);
  if (room !== undefined && isInternalName(namespace, room))
    throw unprocessable(`room: ${room} is a name of the server's own rooms`);
}

function send(notify: Notify, body: Broadcast, name: string | undefined): Promise<Sent> {
  const { user_id, user_ids, room, namespace } = body;
  const notice: Notice = {
    event: body.message_type,
    data: body.data,
    reliable: body.reliable === true,
    ...(name === undefined ? {} : { deliveryId: asId<DeliveryId>(`http:${name}`) }),
  };
  const users = user_ids ?? (user_id === undefined ? undefined : [user_id]);
  if (users !== undefined)
    return notify.user(
      users.map((id) => asId<UserId>(id)),
      namespace === undefined ? notice : { ...notice, namespace },
    );
  if (namespace === undefined) throw new GameError("invalid_payload");
  return room === undefined ? notify.all(namespace, notice) : notify.room(namespace, room, notice);
}
