/** The mark of the format: one in each shard, so that on a cluster it is where the data is, and moves with it. */
import { assertReadable, nextMark } from "./format.ts";
import type { Keyspace } from "./redis/keys.ts";
import { redirectOf } from "./redis/link/cluster.ts";
import type { SendCommand } from "./redis/link/node.ts";
import { text } from "./redis/reply.ts";
import type { Scripts } from "./redis/scripts.ts";

/** Nobody counts what one who has just connected is refused. */
const uncounted = { refused: () => undefined };

const WHAT = "the store in Redis";

interface FormatCheckOptions {
  readonly keys: Keyspace;
  readonly scripts: Scripts;
  /** Sets and raises nothing. */
  readonly readsOnly: boolean;
}

/**
 * For a new connection, after the scripts were sent: looks at the marks of the shards that are there, sets those that are missing, and
 * raises older ones. So a Redis that was away at the start is looked at before it gets its first command.
 * @throws StartError where a newer server has written there
 */
export async function checkFormat(
  send: SendCommand,
  { keys, scripts, readsOnly }: FormatCheckOptions,
): Promise<void> {
  const run = scripts.runOn({ send, sendUnconfirmed: send }, uncounted);
  /** The mark that stands there then; undefined where there is none, or another node has the shard, and is asked for it. */
  async function markIn(key: string, seen: string, next: string): Promise<string | undefined> {
    try {
      return text(await run("format_mark", [key], [seen, next]), 1) || undefined;
    } catch (error) {
      if (redirectOf(error) === undefined) throw error;
      return undefined;
    }
  }
  const keysOf = keys.shards.map(({ format }) => format);
  // All are looked at before one is set: nothing is written where there is anything newer.
  const seen = await Promise.all(keysOf.map((key) => markIn(key, "", "")));
  for (const mark of seen) assertReadable(mark, WHAT);
  if (readsOnly) return;
  const sets = keysOf.map(async (key, at) => {
    const next = nextMark(seen[at]);
    if (next !== undefined) assertReadable(await markIn(key, seen[at] ?? "", next), WHAT);
  });
  await Promise.all(sets);
}
