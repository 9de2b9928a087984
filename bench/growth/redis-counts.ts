/** What a Redis has done so far, by its own counters, for differences between two moments. */
import { createClient } from "redis";

/** All are sums since Redis was started. */
export interface RedisCounts {
  /** Commands, those inside scripts too; what this reading itself costs is left out. */
  readonly operations: number;
  readonly published: number;
  /** Bytes that came, and that went: to those who asked, and to those who listen. */
  readonly inBytes: number;
  readonly outBytes: number;
  readonly cpuMicros: number;
  /** Of data, now. */
  readonly usedBytes: number;
}

export interface RedisCounter {
  read(): Promise<RedisCounts>;
  close(): Promise<void>;
}

/** Those of whoever reads the counters, and of connections that are made. */
const OWN = /^cmdstat_(info|client|hello|auth|select|config|command)/;

/** @throws Error where Redis does not answer */
export async function openRedisCounter(url: string): Promise<RedisCounter> {
  const client = createClient({ url });
  await client.connect();
  return {
    async read() {
      return parseRedisInfo(String(await client.sendCommand(["INFO", "everything"])));
    },
    async close() {
      await client.close();
    },
  };
}

function parseRedisInfo(info: string): RedisCounts {
  const fields = new Map(info.split("\r\n").map((line) => cut(line, ":")));
  const numberOf = (name: string) => Number(fields.get(name) ?? 0);
  let operations = 0;
  for (const [name, value] of fields)
    if (name.startsWith("cmdstat_") && !OWN.test(name)) operations += callsOf(value);
  return {
    operations,
    published: callsOf(fields.get("cmdstat_publish")) + callsOf(fields.get("cmdstat_spublish")),
    inBytes: numberOf("total_net_input_bytes"),
    outBytes: numberOf("total_net_output_bytes"),
    cpuMicros: Math.round((numberOf("used_cpu_user") + numberOf("used_cpu_sys")) * 1e6),
    usedBytes: numberOf("used_memory"),
  };
}

const callsOf = (statistics = ""): number => Number(/calls=(\d+)/.exec(statistics)?.[1] ?? 0);

function cut(line: string, at: string): readonly [string, string] {
  const index = line.indexOf(at);
  return index < 0 ? [line, ""] : [line.slice(0, index), line.slice(index + 1)];
}
