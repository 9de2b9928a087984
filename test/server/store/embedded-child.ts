/** A process with the store that a test kills. It reports over IPC what has been acknowledged. */
import { asId } from "../../../core/ids.ts";
import { deadlineKind, schedule } from "../../../core/ports/store/deadlines.ts";
import { append, indexPut, put } from "../../../core/ports/store/documents.ts";
import { documentKey, indexKey, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";
import { openEmbeddedStore } from "../../../server/store/embedded/index.ts";

export const partition = partitions.room("killed");
export const log = streamKey<number>(partition, "log");
export const members = indexKey<number>(partition, "members");
export const documentOf = (id: number) => documentKey<number>(partition, `doc${id}`);
export const due = deadlineKind<number>("test:due");
export const scope: PresenceScope = {
  name: "ns:/test",
  online: [{ kind: deadlineKind("test:online"), afterMs: 3_600_000 }],
  offline: [{ kind: deadlineKind("test:offline"), afterMs: 0 }],
};
export const room: PresenceScope = { name: "room:test", online: [], offline: [] };

const keep = { maxLength: 1_000_000, ttlMs: 3_600_000 };
const tell = (message: unknown) => process.send?.(message);

async function main(dataDir: string, task: string, firstId: number): Promise<void> {
  const logger = { debug() {}, info() {}, warn: console.warn, error: console.error };
  const store = await openEmbeddedStore({
    dataDir,
    worker: asId("child"),
    clock: { now: Date.now },
    log: logger,
  });
  if (task === "hold") {
    process.once("message", () => store.close().then(() => process.disconnect()));
    return void tell("ready");
  }
  if (task === "connect") {
    for (const [i, subject] of ["ann", "bob"].entries()) {
      const connection = { subject, connection: asId<"c" & never>(`c${i}`), profile: { name: subject } };
      await store.presence.connect(scope, connection);
      await store.presence.connect(room, connection);
    }
    return void tell("ready");
  }
  let id = firstId;
  async function writeOn(): Promise<void> {
    for (;;) {
      const mine = id++;
      const done = await store.documents.commit({
        partition,
        documents: [put(documentOf(mine), 0, mine)],
        append: [append(log, mine, keep)],
        index: [indexPut(members, `m${mine}`, mine, mine)],
        deadlines: [schedule(due, `d${mine}`, Date.now() + 3_600_000, mine)],
        once: { id: `once${mine}`, result: mine, ttlMs: 3_600_000 },
      });
      if (done.outcome !== "committed") throw new Error(JSON.stringify(done));
      tell(mine);
    }
  }
  await Promise.all(Array.from({ length: 16 }, writeOn));
}

const [dataDir, task, firstId] = process.argv.slice(2);
if (process.send && dataDir !== undefined && task !== undefined) await main(dataDir, task, Number(firstId));
