/** Streams: lists of JSON entries; see scripts/lib/streams.lua. */
import { GameError } from "../../../core/contract/errors.ts";
import type { StreamKey } from "../../../core/ports/store/keys.ts";
import { boundOf, checkTag, ITEM_BYTES } from "../../../core/ports/store/pages.ts";
import {
  type Appended,
  type AppendOptions,
  STREAM_BYTES,
  type StreamNotice,
  type StreamPage,
  type StreamPosition,
  type StreamRange,
  type Streams,
  type StreamTags,
} from "../../../core/ports/store/streams.ts";
import type { RedisContext } from "./context.ts";
import { settled } from "./link/one-question.ts";
import { decode, encode, list, newEpoch, number, text, traceText, wholeMs } from "./reply.ts";

const IDEMPOTENCY_TTL_MS = 300_000;
/** Redis does nothing else while it collects them. */
const MAX_TAGS = 2_000;
/** Entries asked for at a time. */
const MAX_AT_ONCE = 100;

export function createStreams({ connection, keys, run, subscriptions, hold }: RedisContext): Streams {
  return {
    async append<E>(key: StreamKey<E>, entry: E, options: AppendOptions): Promise<Appended<E>> {
      const { maxLength, maxBytes = STREAM_BYTES, ttlMs, idempotencyKey, trace } = options;
      const tag = checkTag(key.tagOf?.(entry));
      const names = [...keys.stream(key.partition, key.name)];
      if (tag !== "") names.push(keys.tags(key.partition, key.name));
      if (idempotencyKey !== undefined) names.push(keys.appended(key.partition, key.name, idempotencyKey));
      const times = [wholeMs(ttlMs), IDEMPOTENCY_TTL_MS];
      const args = [newEpoch(), encode(entry), maxLength, ...times, tag, maxBytes, traceText(trace)];
      const reply = await run("stream_append", names, args);
      const position = { epoch: text(reply, 1), offset: number(reply, 2) };
      if (number(reply, 3) === 0) return { ...position, duplicate: false, entry };
      const first = reply[4];
      return {
        ...position,
        duplicate: true,
        entry: typeof first === "string" ? decode<E>(first) : undefined,
      };
    },

    async read<E>(key: StreamKey<E>, range: StreamRange): Promise<StreamPage<E>> {
      const { after = "", before = "", limit, maxBytes } = range;
      const args = [newEpoch(), after, before, limit, boundOf(maxBytes), ITEM_BYTES];
      const reply = await run("stream_read", keys.stream(key.partition, key.name), args);
      const from = number(reply, 4);
      const bytes = number(reply, 6);
      return {
        epoch: text(reply, 1),
        offset: number(reply, 2),
        first: number(reply, 3),
        entries: list(reply, 5).map((_, at, entries) => ({
          offset: from + at,
          entry: decode<E>(text(entries, at)),
        })),
        ...(bytes > 0 ? { bytes } : {}),
      };
    },

    async at<E>(key: StreamKey<E>, offsets: readonly number[]) {
      const entries: (E | undefined)[] = [];
      let epoch = "";
      for (let from = 0; from === 0 || from < offsets.length; from += MAX_AT_ONCE) {
        const some = offsets.slice(from, from + MAX_AT_ONCE);
        const reply = await run("stream_at", keys.stream(key.partition, key.name), [newEpoch(), ...some]);
        epoch = text(reply, 1);
        for (let i = 0; i < some.length; i++) entries.push(decode<E | undefined>(text(reply, 2 + i)));
      }
      return { epoch, entries };
    },

    async tags(key, { after, limit }): Promise<StreamTags> {
      const names = [...keys.stream(key.partition, key.name), keys.tags(key.partition, key.name)];
      const most = Math.min(limit, MAX_TAGS);
      const reply = await run("stream_tags", names, [newEpoch(), after, most]);
      const from = Math.max(after + 1, number(reply, 3));
      const tags = new Map<number, string>();
      for (const line of text(reply, 4).split("\n")) {
        const space = line.indexOf(" ");
        const offset = Number(line.slice(0, space));
        if (space > 0 && offset >= from && offset < from + most) tags.set(offset, line.slice(space + 1));
      }
      return { epoch: text(reply, 1), offset: number(reply, 2), first: number(reply, 3), tags };
    },

    async positions(wanted) {
      const found = wanted.map((): StreamPosition | undefined => undefined);
      const groups = [...keys.byShard(wanted, (key) => key.partition)];
      const asks = groups.map(async (group) => {
        const names = group.flatMap((at) => {
          const key = wanted[at];
          return key === undefined ? [] : keys.stream(key.partition, key.name);
        });
        const reply = await run("stream_positions", names, [newEpoch()]);
        for (const [i, at] of group.entries())
          found[at] = { epoch: text(reply, 1 + 2 * i), offset: number(reply, 2 + 2 * i) };
      });
      await settled(asks);
      return found;
    },

    async renew(key, epoch) {
      const reply = await run("stream_renew", keys.stream(key.partition, key.name), [newEpoch(), epoch]);
      return { epoch: text(reply, 1), offset: number(reply, 2) };
    },

    async subscribe<E>(key: StreamKey<E>, listener: (notice: StreamNotice<E>) => void) {
      const [channel] = keys.stream(key.partition, key.name);
      const health = connection.health(channel);
      if (!health.ok) throw new GameError("unavailable", { cause: new Error(health.reason) });
      let ended = false;
      const hear = (message: string) => {
        if (!ended) listener(readNotice<E>(message));
      };
      const listening = subscriptions.listen(channel, hold?.(channel, hear) ?? hear);
      try {
        await connection.within(listening.confirmed);
      } catch (error) {
        listening.end();
        throw error;
      }
      return () => {
        ended = true;
        listening.end();
      };
    },
  };
}

/** `epoch offset entry`, as scripts/lib/streams.lua publishes it; before it `~trace` where there is one. */
function readNotice<E>(message: string): StreamNotice<E> {
  const start = message.startsWith("~") ? message.indexOf(" ") + 1 : 0;
  const epochEnd = message.indexOf(" ", start);
  const offsetEnd = message.indexOf(" ", epochEnd + 1);
  return {
    epoch: message.slice(start, epochEnd),
    offset: Number(message.slice(epochEnd + 1, offsetEnd)),
    entry: decode<E>(message.slice(offsetEnd + 1)),
    ...(start === 0 ? {} : { trace: message.slice(1, start - 1) }),
  };
}
