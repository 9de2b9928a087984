/** What the promises of the server need of Redis. */
import { systemClock } from "../../../core/time.ts";
import type { Config } from "../../config/index.ts";
import {
  type HostPort,
  type Login,
  parseRedisAddress,
  type RedisAddress,
} from "../../store/redis/link/address.ts";
import { reasonOf } from "../../store/redis/link/health.ts";
import { sendOnce } from "../../store/redis/link/one-question.ts";
import { bad, type Finding, good, look } from "./finding.ts";

/** The oldest that the tests run on. */
const OLDEST = 7;
const MOST_SKEW_MS = 500;

const nodeOf = (address: RedisAddress): HostPort | undefined =>
  address.kind === "single" ? address.server : address.kind === "cluster" ? address.seeds[0] : undefined;

type Ask = (...words: string[]) => Promise<unknown>;

/** Of an answer such as `redis_version:7.0.15`. */
const fieldOf = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];

export async function checkRedis({ store }: Pick<Config, "store">): Promise<Finding[]> {
  const { redisUrl, redisPassword, redisSentinelPassword, redisReplicasConfirm: wanted } = store;
  if (redisUrl === undefined) return [good("the embedded store: one process, no service")];
  const address = parseRedisAddress(redisUrl);
  const login: Login = {
    tls: address.tls,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...((redisPassword ?? address.password) === undefined
      ? {}
      : { password: redisPassword ?? address.password ?? "" }),
  };
  try {
    const at = nodeOf(address) ?? (await primaryOf(address, login, redisSentinelPassword));
    const ask: Ask = (...words) => sendOnce(at, login, words);
    return [...(await findings(address, ask)), await checkReplicas(address, ask, wanted)];
  } catch (err) {
    return [bad("Redis does not answer", `${reasonOf(err)}; look at REDIS_URL, and whether Redis runs`)];
  }
}

/** @throws Error where no Sentinel knows it */
async function primaryOf(
  address: RedisAddress,
  { tls }: Login,
  sentinelPassword: string | undefined,
): Promise<HostPort> {
  if (address.kind !== "sentinel") throw new Error("no server is named");
  const login = { tls, ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }) };
  let failure: unknown = new Error(`no Sentinel knows a primary ${address.master}`);
  for (const sentinel of address.sentinels) {
    try {
      const found = await sendOnce(sentinel, login, ["SENTINEL", "get-master-addr-by-name", address.master]);
      if (Array.isArray(found) && found.length === 2)
        return { host: String(found[0]), port: Number(found[1]) };
    } catch (err) {
      failure = err;
    }
  }
  throw failure;
}

async function findings(address: RedisAddress, ask: Ask): Promise<Finding[]> {
  const before = systemClock.now();
  const time = await ask("TIME");
  const after = systemClock.now();
  const info = String(await ask("INFO"));
  return [
    checkVersion(info),
    checkKind(address, info),
    checkClock(time, (before + after) / 2),
    ...(await checkSettings(ask)),
  ];
}

function checkVersion(info: string): Finding {
  const version = fieldOf(info, "redis_version") ?? "?";
  return Number(version.split(".")[0]) >= OLDEST
    ? good(`Redis ${version}`)
    : bad(`Redis ${version} is too old`, `install Redis ${OLDEST} or newer`);
}

function checkKind(address: RedisAddress, info: string): Finding {
  const isCluster = fieldOf(info, "cluster_enabled") === "1";
  if (isCluster && address.kind !== "cluster")
    return bad("this Redis is a node of a cluster", "name the cluster: REDIS_URL=redis+cluster://…");
  if (!isCluster && address.kind === "cluster")
    return bad("this Redis is no cluster", "name the server: REDIS_URL=redis://…");
  const role = fieldOf(info, "role");
  return address.kind === "single" && role === "slave"
    ? bad(
        "this Redis is a replica: it takes no writes",
        "name the primary, or Sentinels: REDIS_URL=redis+sentinel://…",
      )
    : good(`it is a ${isCluster ? "cluster" : (role ?? "server")}`);
}

function checkClock(time: unknown, hereMs: number): Finding {
  const [seconds, micros] = Array.isArray(time) ? time.map(Number) : [];
  if (seconds === undefined || micros === undefined)
    return look("Redis tells no time", "look at its rights: TIME");
  const skew = Math.abs(seconds * 1_000 + micros / 1_000 - hereMs);
  return skew <= MOST_SKEW_MS
    ? good("its clock and this machine's agree")
    : look(
        `its clock and this machine's differ by ${(skew / 1_000).toFixed(1)} s`,
        "let NTP set both: tokens are checked by this machine's clock",
      );
}

/** Of a cluster, of the primary that has the fewest. */
async function checkReplicas(address: RedisAddress, ask: Ask, wanted: number): Promise<Finding> {
  const there =
    address.kind === "cluster"
      ? replicasOfSlots(await ask("CLUSTER", "SLOTS"))
      : Number(fieldOf(String(await ask("INFO", "replication")), "connected_slaves"));
  const have = `${address.kind === "cluster" ? "a primary" : "it"} has ${there} replica${there === 1 ? "" : "s"}`;
  if (wanted > 0)
    return there >= wanted
      ? good(`${have}, and ${wanted} must confirm what is acknowledged`)
      : bad(
          `${have}, and ${wanted} must confirm what is acknowledged: nothing is served`,
          "start the replicas, or lower store.redis_replicas_confirm",
        );
  return there > 0
    ? look(
        `${have}, and none is waited for: what is acknowledged can be lost when one takes over`,
        "set store.redis_replicas_confirm to 1",
      )
    : good("it has no replicas, and none is waited for");
}

/** Ranges with the primary and its replicas behind the first two numbers. */
function replicasOfSlots(reply: unknown): number {
  const ranges: unknown[] = Array.isArray(reply) ? reply : [];
  return Math.min(...ranges.map((range) => (Array.isArray(range) ? range.length - 3 : 0)));
}

/** Managed services may refuse CONFIG: then nothing is known. */
async function checkSettings(ask: Ask): Promise<Finding[]> {
  const read = async (name: string): Promise<string | undefined> => {
    const answer = await ask("CONFIG", "GET", name);
    // A map in the newer of Redis' two protocols.
    if (answer instanceof Map) return String(answer.get(name));
    if (Array.isArray(answer)) return String(answer[1]);
    return typeof answer === "object" && answer !== null ? String(Reflect.get(answer, name)) : undefined;
  };
  try {
    const [append, fsync, policy, memory] = [
      await read("appendonly"),
      await read("appendfsync"),
      await read("maxmemory-policy"),
      await read("maxmemory"),
    ];
    return [
      append === "yes" && fsync === "always"
        ? good("every acknowledged command is on its disk")
        : look(
            append === "yes"
              ? `appendfsync is ${fsync}: a second of acknowledged commands can be lost`
              : "appendonly is off: acknowledged commands are lost when it ends",
            "set appendonly yes and appendfsync always",
          ),
      policy === "noeviction"
        ? good("it evicts nothing")
        : bad(
            `maxmemory-policy is ${policy}: keys would be evicted, which is lost data`,
            "set maxmemory-policy noeviction",
          ),
      memory === "0"
        ? look(
            "maxmemory is not set",
            "set it below the machine's memory: the server then refuses messages before Redis is full",
          )
        : good(`maxmemory is ${memory} bytes`),
    ];
  } catch (err) {
    return [
      look(
        `its settings can't be read (${reasonOf(err)})`,
        "look that appendonly, appendfsync always and noeviction are set",
      ),
    ];
  }
}
