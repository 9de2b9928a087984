/** The embedded store for a second process that only reads, also while the server runs. */
import { newId, type WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import type { Clock } from "../../core/time.ts";
import { createPorts } from "./embedded/index.ts";
import { FORMAT_KEY, whereOf } from "./embedded/keys.ts";
import { assertThere, openDatabase } from "./embedded-file.ts";
import { assertReadable } from "./format.ts";

/** What can be read. It is as the last finished write of the server left it. */
export type StoreReader = Pick<Store, "documents" | "streams" | "close">;

/** @throws StartError where there is no store under the folder, or a newer server has written there */
export function openEmbeddedReader(options: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
}): StoreReader {
  const { dataDir } = options;
  assertThere(dataDir);
  const db = openDatabase(dataDir, { readOnly: true });
  try {
    assertReadable(db.get(FORMAT_KEY), whereOf(dataDir));
  } catch (err) {
    void db.close();
    throw err;
  }
  const nothing = () => Promise.resolve();
  const { ports } = createPorts(
    {
      assertOpen: () => undefined,
      get: (key) => db.get(key),
      size: (key) => db.getBinaryFast(key)?.length ?? 0,
      head: (key, length) => db.getBinaryFast(key)?.toString("latin1", 0, length) ?? "",
      // What a read would tidy up is the server's to tidy.
      put: () => undefined,
      afterwards: (run) => run(),
      durable: nothing,
      settled: () => undefined,
      usage: () => ({ usedBytes: 0, fileBytes: 0 }),
      range: (start, end, limit) => db.getRange({ start, end, ...(limit === undefined ? {} : { limit }) }),
      health: () => ({ ok: true }),
      onHealth: () => () => undefined,
      close: () => db.close(),
    },
    { ...options, worker: newId<WorkerId>("w") },
  );
  return { documents: ports.documents, streams: ports.streams, close: () => db.close() };
}
