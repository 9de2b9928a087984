/** What the tests of `/matchmaking` with real clients share. */
import type { NamespaceName } from "../../../core/contract/contract.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import { presenceScope } from "../../../core/ports/store/keys.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { keys } from "../../../namespaces/matchmaking/store.ts";
import type { ConnectAs, TestApp } from "../../support/app.ts";
import type { TestClient } from "../../support/client.ts";

export type Player = TestClient<typeof matchmakingContract>;

/** Connects users, on the workers in turn. */
export const connectAll = (app: TestApp, users: readonly string[], as: ConnectAs = {}): Promise<Player[]> =>
  Promise.all(
    users.map((user, at) => app.connect(matchmakingContract, user, { worker: at % 2 === 0 ? 0 : 1, ...as })),
  );

export function storeOf(app: TestApp) {
  const [worker] = app.workers;
  if (!worker) throw new Error("no worker was started");
  return worker.services.store;
}

export const placeOf = async (app: TestApp, user: string) =>
  (await storeOf(app).documents.load(keys.place(asId<UserId>(user))))?.state;

export const queueSize = (app: TestApp, mode: string) => storeOf(app).indexes.size(keys.queue(mode));

/** Until the server counts so many connections of a user in a namespace. */
export async function counted(
  app: TestApp,
  user: string,
  connections: number,
  namespace: NamespaceName = "/matchmaking",
): Promise<void> {
  const scope = { name: presenceScope(namespace), online: [], offline: [] };
  for (;;) {
    const [record] = await storeOf(app).presence.get(scope, [user]);
    if ((record?.connections ?? 0) === connections) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
