/**
 * What makes an older copy of a store another store than the one that went on after it (docs/decisions/0028): no cursor, version or
 * token of that one is good here.
 */
import { randomName } from "../../../core/ids.ts";
import { VERSIONS_KEY } from "../embedded/documents.ts";
import { endOf, FORMAT_KEY, KINDS } from "../embedded/keys.ts";
import { renewedMeta } from "../embedded/stream-records.ts";
import { openDatabase } from "../embedded-file.ts";
import { assertReadable, nextMark } from "../format.ts";

export interface Renewed {
  /** Streams that have a new epoch now. */
  readonly streams: number;
}

/** Records that are changed in one transaction. */
const AT_ONCE = 1_000;

/** More than any server has counted to since it began: it counts slower than microseconds pass. */
const microsNow = (): number => Date.now() * 1_000;

/**
 * For a database that nobody else has open. Again, where it was interrupted, does no harm.
 * @throws StartError where a newer server has written it
 */
export async function renewDatabase(folder: string): Promise<Renewed> {
  const db = openDatabase(folder);
  try {
    const mark = db.get(FORMAT_KEY);
    assertReadable(mark, "the backup");
    let streams = 0;
    for (let from: string = KINDS.stream; ; ) {
      const some = [...db.getRange({ start: from, end: endOf(KINDS.stream), limit: AT_ONCE })];
      db.transactionSync(() => {
        for (const { key, value } of some) void db.put(key, renewedMeta(value, randomName(9)));
      });
      streams += some.length;
      const last = some.at(-1);
      if (last === undefined || some.length < AT_ONCE) break;
      // The next key there can be.
      from = `${last.key}\u0001`;
    }
    // A change whose lease is not known is refused: whoever had one must get another, with a later token.
    for (;;) {
      const leases = [...db.getKeys({ start: KINDS.lease, end: endOf(KINDS.lease), limit: AT_ONCE })];
      if (leases.length === 0) break;
      db.transactionSync(() => {
        for (const key of leases) void db.remove(key);
      });
    }
    db.transactionSync(() => {
      void db.put(VERSIONS_KEY, String(Math.max(Number(db.get(VERSIONS_KEY) ?? 0), microsNow())));
      const next = nextMark(mark);
      if (next !== undefined) void db.put(FORMAT_KEY, next);
    });
    await db.flushed;
    return { streams };
  } finally {
    await db.close();
  }
}
