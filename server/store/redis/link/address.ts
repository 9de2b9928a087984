/**
 * What REDIS_URL may name. Several hosts stand between commas, which `URL` does not take, so the address is read here.
 *
 *     redis://[user:password@]host[:6379][/database]                       one server
 *     redis+sentinel://[user:password@]host[:26379][,…]/master[/database]  the primary that Sentinels know by this name
 *     redis+cluster://[user:password@]host[:6379][,…]                      a Redis Cluster, some of its nodes
 *
 * `rediss…` instead of `redis…` is TLS. User and password are those of the servers, not of the Sentinels.
 */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface Login {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
}

export type RedisAddress = Login &
  (
    | { readonly kind: "single"; readonly server: HostPort }
    | { readonly kind: "sentinel"; readonly sentinels: readonly HostPort[]; readonly master: string }
    | { readonly kind: "cluster"; readonly seeds: readonly HostPort[] }
  );

const FORM =
  /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/@?#]+)(?:\/(?<path>[^?#]*))?$/;
const HOST = /^(?<host>\[[0-9a-f:.]+\]|[^\s:[\]]+)(?::(?<port>\d{1,5}))?$/i;
const PORT = 6379;
const SENTINEL_PORT = 26_379;

const bad = (why: string) => new Error(`not an address of Redis: ${why}`);

/** Never says the address itself in an error: it can hold a password. @throws Error that says what is wrong with it */
export function parseRedisAddress(text: string): RedisAddress {
  const parts = FORM.exec(text.trim())?.groups;
  if (parts === undefined)
    throw bad(
      "it begins with redis://, redis+sentinel:// or redis+cluster:// (rediss… for TLS) and names a host",
    );
  const kind = parts.kind === "sentinel" || parts.kind === "cluster" ? parts.kind : "single";
  const hosts = (parts.hosts ?? "")
    .split(",")
    .map((host) => parseHost(host, kind === "sentinel" ? SENTINEL_PORT : PORT));
  const [server] = hosts;
  const path = (parts.path ?? "").split("/").map(decoded);
  const master = kind === "sentinel" ? path.shift() : undefined;
  const login: Login = {
    tls: parts.tls !== undefined,
    ...(parts.user ? { username: decoded(parts.user) } : {}),
    ...(parts.password ? { password: decoded(parts.password) } : {}),
    ...parseDatabase(path),
  };
  if (kind === "cluster") {
    if (login.database !== undefined) throw bad("a Redis Cluster has no databases, so no number at its end");
    return { ...login, kind, seeds: hosts };
  }
  if (kind === "sentinel") {
    if (!master)
      throw bad("after the Sentinels comes the name of the primary: redis+sentinel://host:26379/mymaster");
    return { ...login, kind, sentinels: hosts, master };
  }
  if (server === undefined || hosts.length > 1)
    throw bad("several hosts need redis+sentinel:// or redis+cluster://");
  return { ...login, kind, server };
}

function parseHost(text: string, defaultPort: number): HostPort {
  const parts = HOST.exec(text)?.groups;
  const port = Number(parts?.port ?? defaultPort);
  if (parts?.host === undefined || port < 1 || port > 65_535)
    throw bad("a host is a name with a port, such as redis:6379");
  return { host: parts.host.replace(/^\[|\]$/g, ""), port };
}

function parseDatabase(path: readonly string[]): { database?: number } {
  const [text = "", ...more] = path;
  if (more.length > 0) throw bad("there is too much after its host");
  if (text === "") return {};
  if (!/^\d{1,5}$/.test(text)) throw bad("the database at its end is a number");
  return { database: Number(text) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad("a `%` in it is written %25");
  }
}
