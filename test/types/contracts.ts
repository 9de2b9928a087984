/** What must not compile: each line that ends in `// TS…` must have exactly that error, and no other line may have one. */
import { Type } from "typebox";
import type { Repeats } from "../../client/commands.ts";
import {
  type ClientToServer,
  command,
  defineContract,
  event,
  type Handlers,
  type ServerToClient,
} from "../../core/contract/contract.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type RoomId, type UserId } from "../../core/ids.ts";
import { append, put } from "../../core/ports/store/documents.ts";
import { documentKey, partitions, streamKey } from "../../core/ports/store/keys.ts";

const contract = defineContract({
  namespace: "/game",
  access: "token",
  commands: {
    look: command({
      summary: "Looks.",
      input: Type.Object({ at: Type.String() }),
      result: Type.Object({ seen: Type.Number() }),
    }),
    leap: command({ summary: "Leaps.", input: Type.Object({}), result: Type.Object({}) }),
  },
  events: {
    seen: event({ summary: "Was seen.", payload: Type.Object({ by: Type.String() }), delivery: "ordinary" }),
  },
});
type Own = typeof contract;

const shop = defineContract({
  namespace: "/game",
  access: "token",
  commands: {
    buy: command({
      summary: "Buys.",
      input: Type.Object({ request_id: Type.Optional(Type.String()) }),
      result: Type.Object({}),
    }),
  },
  events: {},
});
type WithId = typeof shop;

export const complete: Handlers<Own> = {
  look: (_session, { at }) => ({ seen: at.length }),
  leap: () => ({}),
};
export const forgotten: Handlers<Own> = { look: () => ({ seen: 1 }) }; // TS2741
export const wrongResult: Handlers<Own> = {
  look: () => ({ seen: "one" }), // TS2322
  leap: () => ({}),
};
export const wrongInput: Handlers<Own> = {
  look: (_session, input) => ({ seen: input.nowhere }), // TS2339
  leap: () => ({}),
};

export const repeats: Repeats<Own> = { look: "same", leap: "once" };
export const forgottenRepeat: Repeats<Own> = { look: "same" }; // TS2741
export const noSuchId: Repeats<Own> = { look: "request_id", leap: "once" }; // TS2322
/** Where there is an id, it is the way. */
export const idNotUsed: Repeats<WithId> = { buy: "same" }; // TS2322

export function emits(session: Session<Own>) {
  session.emit("seen", { by: "ann" });
  session.emit("unseen", { by: "ann" }); // TS2345
  session.emit("seen", { by: 1 }); // TS2322
}

export const sends: ClientToServer<Own>["look"] = (input, ack) => ack?.({ ok: true, seen: input.at.length });
export const hears: ServerToClient<Own>["seen"] = ({ by, timestamp }) => [by, timestamp];

const user = asId<UserId>("ann");
partitions.user(user);
partitions.user("ann"); // TS2345
partitions.game(user); // TS2345
partitions.game(asId<RoomId>("r"));

const key = documentKey<{ readonly score: number }>(partitions.user(user), "score");
put(key, 0, { score: 1 });
put(key, 0, { score: "1" }); // TS2322
put(streamKey<number>(partitions.user(user), "log"), 0, 1); // TS2379
append(streamKey<number>(partitions.user(user), "log"), "text", { maxLength: 1, ttlMs: 1 }); // TS2345
