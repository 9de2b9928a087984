import assert from "node:assert/strict";
import type { ConnectionId } from "../../core/ids.ts";
import { asId } from "../../core/ids.ts";
import { deadlineKind } from "../../core/ports/store/deadlines.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import type { PresenceEdge, PresenceScope } from "../../core/ports/store/presence.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { claimAll } from "./open.ts";

const cameOnline = deadlineKind<PresenceEdge>("test:online");
const wentOffline = deadlineKind<PresenceEdge>("test:offline");
const graceOver = deadlineKind<PresenceEdge>("test:grace");
export const GRACE_MS = 30_000;

export const chat: PresenceScope = {
  name: "ns:/chat",
  online: [{ kind: cameOnline, afterMs: 0 }],
  offline: [
    { kind: wentOffline, afterMs: 0 },
    { kind: graceOver, afterMs: GRACE_MS },
  ],
};
export const world: PresenceScope = { name: "ns:/world", online: [], offline: [] };

export const id = (n: number | string): ConnectionId => asId(`c${n}`);
export const connect = (store: Store, n: number | string, subject = "ann", scope = chat) =>
  store.presence.connect(scope, { subject, connection: id(n) });
export const disconnect = (store: Store, n: number | string, subject = "ann", scope = chat) =>
  store.presence.disconnect(scope, subject, id(n));
export const recordOf = async (store: Store, subject = "ann", scope = chat) =>
  (await store.presence.get<unknown>(scope, [subject]))[0];

/** The kinds of edges that are due, completed so that the next look sees new ones only. */
export async function dueEdges(store: Store, scope = chat): Promise<string[]> {
  const partition = partitions.presence(scope.name);
  const due = (await claimAll(store, { partition })).filter((d) => d.partition === partition);
  for (const deadline of due) {
    assert.deepEqual(deadline.payload, { scope: scope.name, subject: deadline.id });
    await store.deadlines.complete(deadline);
  }
  return due.map((d) => d.kind).sort();
}
