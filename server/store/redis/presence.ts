/** Presence across workers; see scripts/lib/presence.lua for what is kept where. */
import type { ConnectionId, WorkerId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import { partitions } from "../../../core/ports/store/keys.ts";
import { ITEM_BYTES, PAGE_BYTES } from "../../../core/ports/store/pages.ts";
import type {
  EdgeDeadline,
  Presence,
  PresencePage,
  PresenceRecord,
  PresenceScope,
} from "../../../core/ports/store/presence.ts";
import type { RedisContext } from "./context.ts";
import { deadlineNameStart } from "./deadlines.ts";
import { decode, encode, number, type Reply, text } from "./reply.ts";
import { createWorkers } from "./workers.ts";

/** Redis does nothing else while it collects these. */
const MAX_RECORDS = 500;

export function createPresence(context: RedisContext): Presence {
  const { connection, keys, run, worker } = context;
  const workers = createWorkers(context);
  const keysOf = (scope: PresenceScope) => keys.presence(partitions.presence(scope.name));

  async function getSome<P>(scope: PresenceScope, subjects: readonly string[]) {
    const reply = await run("presence_get", keysOf(scope), subjects);
    return subjects.map((subject, i) =>
      number(reply, 1 + 4 * i) === 1 ? readRecord<P>(subject, reply, 2 + 4 * i) : undefined,
    );
  }

  return {
    async connect(scope, { subject, connection: id, reliable, profile, max }) {
      await workers.register();
      const args = [
        ...[connectionName(subject, id), subject, worker, reliable ? 1 : 0, max ?? ""],
        ...(profile === undefined ? [0, ""] : [1, encode(profile)]),
        ...edgesOf(scope),
      ];
      const reply = await run("presence_connect", keysOf(scope), args);
      return { connections: number(reply, 1), refused: number(reply, 2) === 1 };
    },

    async disconnect(scope, subject, id) {
      const args = [connectionName(subject, id), subject, ...edgesOf(scope)];
      return { connections: number(await run("presence_disconnect", keysOf(scope), args), 1) };
    },

    leave: async (scope, subject) => number(await run("presence_leave", keysOf(scope), [subject]), 1) === 1,

    update: async (scope, subject, profile) =>
      number(await run("presence_update", keysOf(scope), [subject, encode(profile)]), 1) === 1,

    async get<P>(scope: PresenceScope, subjects: readonly string[]) {
      const parts: Promise<(PresenceRecord<P> | undefined)[]>[] = [];
      for (let at = 0; at < subjects.length; at += MAX_RECORDS)
        parts.push(getSome<P>(scope, subjects.slice(at, at + MAX_RECORDS)));
      return (await Promise.all(parts)).flat();
    },

    async page<P>(
      scope: PresenceScope,
      { cursor, limit }: { cursor?: string; limit: number },
    ): Promise<PresencePage<P>> {
      const from = cursor === undefined ? "-" : `(${cursor}`;
      const args = [Math.min(Math.max(1, limit), MAX_RECORDS), from, PAGE_BYTES, ITEM_BYTES];
      const reply = await run("presence_page", keysOf(scope), args);
      const records: PresenceRecord<P>[] = [];
      for (let at = 2; at < reply.length; at += 4)
        records.push(readRecord<P>(text(reply, at), reply, at + 1));
      const last = records.at(-1);
      return number(reply, 1) === 0 || last === undefined ? { records } : { records, cursor: last.subject };
    },

    async size(scope) {
      const [, subjects = "", , , , total = ""] = keysOf(scope);
      const sizes = await Promise.all([connection.ask("ZCARD", subjects), connection.ask("GET", total)]);
      return { subjects: number(sizes, 0), connections: sizes[1] === null ? 0 : number(sizes, 1) };
    },

    heartbeat: workers.heartbeat,
    get listed() {
      return workers.listed;
    },
    retire: workers.retire,
    workers: workers.list,

    async sweep(scopes, deadAfterMs) {
      const swept = new Set<WorkerId>();
      const found = await workers.bury(deadAfterMs);
      for (const dead of found.buried) swept.add(dead);
      for (const scope of scopes) {
        const names = keysOf(scope);
        const left = await connection.ask("ZRANGE", names[6] ?? "", "0", "-1", "WITHSCORES");
        for (const [id, lastTold] of readScored(left)) {
          const owner = asId<WorkerId>(id);
          if (found.alive.has(owner) || owner === worker) continue;
          // One that nobody ever saw alive may be about to tell of itself.
          if (!swept.has(owner) && lastTold > found.at - deadAfterMs) continue;
          swept.add(owner);
          await sweepOf(names, owner, found.at, scope);
        }
      }
      return [...swept];
    },
  };

  /** In bounded steps: Redis does nothing else meanwhile. What is told anew after `before` stays. */
  async function sweepOf(names: readonly string[], owner: WorkerId, before: number, scope: PresenceScope) {
    const SWEEP_STEP = 200;
    for (;;) {
      const args = [owner, before, SWEEP_STEP, ...edgesOf(scope)];
      if (number(await run("presence_sweep", names, args), 1) < SWEEP_STEP) return;
    }
  }
}

/** One connection can count with several subjects of a scope. The length, in bytes, tells Lua where the subject ends. */
const connectionName = (subject: string, connection: ConnectionId) =>
  `${Buffer.byteLength(subject)}:${subject}${connection}`;

function edgesOf({ name, online, offline, counted = [] }: PresenceScope): (string | number)[] {
  const partition = partitions.presence(name);
  const side = (edges: readonly EdgeDeadline[]) => [
    edges.length,
    ...edges.flatMap(({ kind, afterMs }) => [deadlineNameStart(partition, kind.kind), Math.ceil(afterMs)]),
  ];
  return [JSON.stringify(name), ...side(online), ...side(offline), ...side(counted)];
}

function readRecord<P>(subject: string, reply: Reply, at: number): PresenceRecord<P> {
  return {
    subject,
    connections: number(reply, at),
    reliable: number(reply, at + 1),
    profile: decode<P>(text(reply, at + 2)),
  };
}

/** Members with scores: pairs in RESP3, one flat list in RESP2. */
function readScored(reply: unknown): [string, number][] {
  const flat = Array.isArray(reply) ? reply.flat() : [];
  return Array.from({ length: flat.length / 2 }, (_, i) => [text(flat, 2 * i), number(flat, 2 * i + 1)]);
}
