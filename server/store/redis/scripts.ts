/** Lua scripts: read once, known to Redis by their hash, sent again where Redis has forgotten them. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { GameError } from "../../../core/contract/errors.ts";
import type { SpaceWatch } from "../space-watch.ts";
import type { RedisConnection } from "./link/connection.ts";
import type { SendCommand } from "./link/node.ts";
import type { Reply } from "./reply.ts";
import { list, number } from "./reply.ts";
import type { StoreTime } from "./time.ts";

const NAMES = [
  "commit",
  "counters_add",
  "deadlines_claim",
  "deadlines_complete",
  "deadlines_peek",
  "deadlines_soonest",
  "documents_load",
  "format_mark",
  "index_get",
  "index_page",
  "lease_acquire",
  "lease_keep",
  "presence_connect",
  "presence_disconnect",
  "presence_get",
  "presence_leave",
  "presence_page",
  "presence_sweep",
  "presence_update",
  "restore_counters",
  "restore_stream",
  "stream_append",
  "stream_at",
  "stream_positions",
  "stream_read",
  "stream_renew",
  "stream_tags",
  "worker_heartbeat",
  "worker_list",
  "worker_retire",
] as const;
type ScriptName = (typeof NAMES)[number];

/**
 * What nobody is told of: where it is lost with a primary, it is made again, or there is nothing to miss. All others are answered when
 * replicas have what they wrote and what they saw.
 */
const UNCONFIRMED: ReadonlySet<ScriptName> = new Set([
  "counters_add",
  "deadlines_peek",
  "format_mark",
  "worker_heartbeat",
  "worker_list",
  "worker_retire",
]);

interface Script {
  readonly source: string;
  readonly sha: string;
}

/** Beside this file; seen from the process' one file; in `dist`, where the compiler has put no Lua, in the sources. */
const FOLDERS = ["./scripts/", "./store/redis/scripts/", "../../../../server/store/redis/scripts/"].map(
  (folder) => new URL(folder, import.meta.url),
);

function read(file: string): string {
  for (const folder of FOLDERS) {
    const url = new URL(file, folder);
    if (existsSync(url)) return readFileSync(url, "utf8");
  }
  throw new Error(`the Lua script ${file} is missing beside the Redis store`);
}

/**
 * A script with the parts that its line `-- include: …` names before it.
 * @param publish the command that tells of an entry: on a cluster only those who listen at its slot are told
 */
function readScript(name: ScriptName, publish: "PUBLISH" | "SPUBLISH"): Script {
  const own = read(`${name}.lua`);
  const parts = /^-- include: (.+)$/m.exec(own)?.[1]?.split(" ") ?? [];
  const source = [`local PUBLISH = '${publish}'`, ...parts.map((part) => read(`lib/${part}.lua`)), own].join(
    "\n",
  );
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/** Runs a script. All are given the time offset as ARGV[1] and reply with the store's time first. */
export type RunScript = (
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<Reply>;

export interface Scripts {
  /** For a new connection: sends all scripts, in one turn. */
  load(send: SendCommand): Promise<void>;
  runOn(
    connection: Pick<RedisConnection, "send" | "sendUnconfirmed">,
    space: Pick<SpaceWatch, "refused">,
  ): RunScript;
}

/** @param sharded whether it is a cluster */
export function readScripts(time: StoreTime, timeOffsetMs: () => number, sharded: boolean): Scripts {
  const scripts = new Map(NAMES.map((name) => [name, readScript(name, sharded ? "SPUBLISH" : "PUBLISH")]));
  return {
    async load(send) {
      const askedAt = time.asked();
      const reply = await send(["TIME"]);
      if (Array.isArray(reply))
        time.learn(Number(reply[0]) * 1_000 + Number(reply[1]) / 1_000 + timeOffsetMs(), askedAt);
      await Promise.all([...scripts.values()].map(({ source }) => send(["SCRIPT", "LOAD", source])));
    },
    runOn: (connection, space) =>
      async function run(name, keys, args) {
        const script = scripts.get(name);
        // All keys of a script are in one slot, so the first says where it runs.
        const [key] = keys;
        if (script === undefined || key === undefined)
          throw new Error(`no script ${name}, or no keys for it`);
        const words = [String(keys.length), ...keys, String(Math.round(timeOffsetMs())), ...args.map(String)];
        const askedAt = time.asked();
        const send = UNCONFIRMED.has(name) ? connection.sendUnconfirmed : connection.send;
        const sent = send(["EVALSHA", script.sha, ...words], key);
        const reply = await sent.catch((error: unknown) => {
          if (isFull(error)) space.refused();
          if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
          return send(["EVAL", script.source, ...words], key);
        });
        const fields = list([reply], 0);
        time.learn(number(fields, 0), askedAt);
        return fields;
      },
  };
}

/** Redis refuses what would take more memory. */
const isFull = (error: unknown): boolean =>
  error instanceof GameError && error.cause instanceof Error && error.cause.message.startsWith("OOM");
