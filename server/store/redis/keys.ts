/**
 * Names in Redis. A partition belongs to one of 16 shards, and every name of a shard carries its hash tag
 * `{<prefix>:<shard>}`: on a Redis Cluster all that one script touches then lies in one slot.
 */
import type { Partition } from "../../../core/ports/store/keys.ts";

const SHARDS = 16;

export interface Shard {
  /** The mark of the format. */
  readonly format: string;
  readonly versions: string;
  readonly tokens: string;
  readonly due: string;
  readonly dueValues: string;
}

export interface Keyspace {
  readonly shards: readonly Shard[];
  shardOf(partition: Partition): Shard;
  document(partition: Partition, name: string): string;
  once(partition: Partition, id: string): string;
  /** Its entries, whose name is the channel of its notices too, and where it ends. */
  stream(partition: Partition, name: string): readonly [entries: string, end: string];
  /** The tags of its entries. */
  tags(partition: Partition, name: string): string;
  appended(partition: Partition, name: string, idempotencyKey: string): string;
  index(partition: Partition, name: string): readonly [scores: string, values: string];
  lease(partition: Partition, name: string): string;
  counter(name: string): string;
  /** KEYS of the presence scripts, see scripts/lib/presence.lua. */
  presence(partition: Partition): readonly string[];
  readonly workers: readonly [heartbeats: string, infos: string];
  topic(name: string): string;
  /** What belongs together is sent together: groups positions in a list by the shard of their partition. */
  byShard<T>(items: readonly T[], partitionOf: (item: T) => Partition): Iterable<readonly number[]>;
}

/** FNV-1a: spreads similar names. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The length makes clear where the first part ends: `a:b` + `c` is not `a` + `b:c`. */
const joined = (first: string, second: string) => `${first.length}:${first}:${second}`;

/** @throws Error where the prefix could not stand in a hash tag */
export function createKeyspace(prefix: string): Keyspace {
  if (!/^[\w.:-]{1,64}$/.test(prefix))
    throw new Error("the prefix of names in Redis is 1 to 64 letters, digits, `_`, `.`, `:`, `-`");
  const tags = Array.from({ length: SHARDS }, (_, shard) => `{${prefix}:${shard}}`);
  const numberOf = (name: string) => hash(name) % SHARDS;
  const tagOf = (name: string) => tags[numberOf(name)] ?? "";
  const named = (kind: string, partition: Partition, name: string) =>
    `${tagOf(partition)}:${kind}:${joined(partition, name)}`;
  const shards = tags.map((tag) => ({
    format: `${tag}:format`,
    versions: `${tag}:versions`,
    tokens: `${tag}:tokens`,
    due: `${tag}:due`,
    dueValues: `${tag}:due-values`,
  }));
  const [fallback] = shards;
  if (fallback === undefined) throw new Error("there is at least one shard");
  const all = `{${prefix}:workers}`;

  return {
    shards,
    shardOf: (partition) => shards[numberOf(partition)] ?? fallback,
    document: (partition, name) => named("doc", partition, name),
    once: (partition, id) => named("once", partition, id),
    stream: (partition, name) => [named("stream", partition, name), named("end", partition, name)],
    tags: (partition, name) => named("tags", partition, name),
    appended: (partition, name, idempotencyKey) => named("appended", partition, joined(name, idempotencyKey)),
    index: (partition, name) => [named("index", partition, name), named("values", partition, name)],
    lease: (partition, name) => named("lease", partition, name),
    counter: (name) => `${tagOf(name)}:count:${name}`,
    presence(partition) {
      const { due, dueValues } = shards[numberOf(partition)] ?? fallback;
      const part = (kind: string) => `${tagOf(partition)}:presence-${kind}:${partition}`;
      const own = ["connections", "subjects", "profiles", "counts", "reliable", "total", "workers"].map(part);
      return [...own, due, dueValues, `${part("worker")}:`];
    },
    workers: [`${all}:heartbeats`, `${all}:infos`],
    topic: (name) => `${prefix}:topic:${name}`,
    byShard(items, partitionOf) {
      const groups = new Map<number, number[]>();
      for (const [at, item] of items.entries()) {
        const shard = numberOf(partitionOf(item));
        const group = groups.get(shard);
        if (group === undefined) groups.set(shard, [at]);
        else group.push(at);
      }
      return groups.values();
    },
  };
}
