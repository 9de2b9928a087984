/** S4's five kinds of message in a relay room, as events of `/`. */
import { type Static, Type } from "typebox";

const Finite = Type.Number({ minimum: -1e6, maximum: 1e6 });
const Position = Type.Object({ x: Finite, y: Finite, z: Finite });
const Rotation = Type.Object({ x: Finite, y: Finite, z: Finite, w: Finite });
const Id = Type.String({ minLength: 1, maxLength: 128 });
const Scalar = Type.Union([Type.String({ maxLength: 1_000 }), Type.Number(), Type.Boolean(), Type.Null()]);

export const kindSchemas = {
  client_hello: Type.Object({
    display_name: Type.Optional(Type.String({ maxLength: 128 })),
    client_version: Type.Optional(Type.String({ maxLength: 128 })),
  }),
  position_update: Type.Object({
    entity_id: Type.Optional(Id),
    position: Position,
    rotation: Type.Optional(Rotation),
    seq: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  chat_message: Type.Object({ text: Type.String({ minLength: 1, maxLength: 2_000 }) }),
  entity_spawn: Type.Object({
    entity_id: Id,
    kind: Type.String({ maxLength: 128 }),
    position: Position,
    rotation: Type.Optional(Rotation),
    data: Type.Optional(Type.Record(Type.String({ maxLength: 128 }), Scalar, { maxProperties: 64 })),
  }),
  presence_event: Type.Object({
    status: Type.String({ minLength: 1, maxLength: 128 }),
    text: Type.Optional(Type.String({ maxLength: 1_000 })),
  }),
} as const;

export type Kind = keyof typeof kindSchemas;

/** A message of one kind: the fields that its schema names, checked. */
export type KindMessage = {
  [K in Kind]: { readonly kind: K; readonly fields: Static<(typeof kindSchemas)[K]> };
}[Kind];
