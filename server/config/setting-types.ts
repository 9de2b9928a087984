/** Kinds of settings: how a value is read from YAML or the environment, and what it may be. */
import { isIP } from "node:net";
import { type Static, type TSchema, Type } from "typebox";
import { Check } from "typebox/value";
import { ROLES } from "../../core/contract/contract.ts";
import type { LimitRule } from "../../middleware/rate-limit/limiter.ts";
import { parseRedisAddress } from "../store/redis/link/address.ts";

export interface SettingType<T> {
  /** Completes 'is not …'. */
  readonly allowed: string;
  /** The checked value; undefined where `raw` (a scalar, array or object of YAML, or text) is not one. */
  read(raw: unknown): T | undefined;
}

/** `decode` turns what was written into a candidate; the schema decides whether it is one. */
function settingType<S extends TSchema>(
  schema: S,
  allowed: string,
  decode: (raw: unknown) => unknown,
): SettingType<Static<S>> {
  return {
    allowed,
    read(raw) {
      const value: unknown = decode(raw);
      return Check(schema, value) ? value : undefined;
    },
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Powers of 1024, as S1 has them: 512000 is its '500KB'. */
const UNITS_BYTES: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `54s`, `2m`, `500ms`, `1m30s`; a bare number is seconds. In milliseconds; undefined for anything else. */
export function parseDuration(raw: unknown): number | undefined {
  if (typeof raw === "number") return raw * 1000;
  if (typeof raw !== "string") return undefined;
  const text = raw.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(amount) * (UNITS_MS[unit ?? ""] ?? Number.NaN);
  return total;
}

function parseSize(raw: unknown): number | undefined {
  if (typeof raw === "number") return raw;
  const match = typeof raw === "string" ? /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(raw.trim()) : null;
  if (match === null) return undefined;
  return Number(match[1]) * (UNITS_BYTES[match[2]?.toLowerCase() || "b"] ?? Number.NaN);
}

function parseInteger(raw: unknown): unknown {
  return typeof raw === "string" && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
}

function parseBoolean(raw: unknown): unknown {
  if (typeof raw !== "string") return raw;
  const text = raw.trim().toLowerCase();
  if (["true", "yes", "on", "1"].includes(text)) return true;
  return ["false", "no", "off", "0"].includes(text) ? false : undefined;
}

/** `60/10s`, with a burst `60/10s+5/1s`; or `{max, window, burst?}`. */
function parseRule(raw: unknown): LimitRule | undefined {
  if (typeof raw === "string") {
    const [rule = "", burst, more] = raw.split("+");
    const [max, window, rest] = rule.split("/");
    return rest === undefined && window !== undefined && more === undefined
      ? parseRule({ max: parseInteger(max), window, ...(burst === undefined ? {} : { burst }) })
      : undefined;
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
  const { max, window, burst, ...rest } = raw as Record<string, unknown>;
  const windowMs = parseDuration(window);
  if (typeof max !== "number" || windowMs === undefined || Object.keys(rest).length > 0) return undefined;
  if (burst === undefined) return { max, windowMs };
  const within = parseRule(burst);
  return within && within.burst === undefined ? { max, windowMs, burst: within } : undefined;
}

const isOff = (raw: unknown) =>
  raw === false || (typeof raw === "string" && raw.trim().toLowerCase() === "off");

function parseJson(raw: unknown): unknown {
  if (typeof raw !== "string") return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/** A number in the words that a person would use for it. */
export function inWords(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  for (const [unit, length] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const)
    if (ms >= length && ms % length === 0) return `${ms / length}${unit}`;
  return `${ms / 1000}s`;
}

/** In milliseconds. */
export const duration = (minMs: number, maxMs: number) =>
  settingType(
    Type.Integer({ minimum: minMs, maximum: maxMs }),
    `a duration from ${inWords(minMs)} to ${inWords(maxMs)}, such as 54s, 2m or 500ms (a bare number is seconds)`,
    parseDuration,
  );

/** In bytes. */
export const size = (min: number, max: number) =>
  settingType(
    Type.Integer({ minimum: min, maximum: max }),
    `a size from ${min} to ${max} bytes, such as 65536 or 64kb`,
    parseSize,
  );

export const integer = (min: number, max: number) =>
  settingType(
    Type.Integer({ minimum: min, maximum: max }),
    `a whole number from ${min} to ${max}`,
    parseInteger,
  );

export const boolean = settingType(Type.Boolean(), "true or false", parseBoolean);

export function choice<const V extends string>(...values: readonly V[]): SettingType<V> {
  const known: ReadonlySet<string> = new Set(values);
  const schema = Type.Unsafe<V>(Type.Enum([...values]));
  return settingType(schema, `one of ${values.join(", ")}`, (raw) =>
    typeof raw === "string" && known.has(raw.trim().toLowerCase()) ? raw.trim().toLowerCase() : raw,
  );
}

/** One line of text. YAML reads `password: 12345678` as a number; it is taken as it was written. */
export const text = (what: string, maxLength = 4096) =>
  settingType(
    Type.String({ minLength: 1, maxLength, pattern: "^[^\\u0000-\\u001f\\u007f]+$" }),
    what,
    (raw) => (typeof raw === "number" ? String(raw) : raw),
  );

/** An address with one of the schemes; given back as written. */
export const url = (what: string, ...schemes: string[]) =>
  settingType(Type.String(), `${what} (${schemes.map((scheme) => `${scheme}://`).join(" or ")}…)`, (raw) =>
    typeof raw === "string" && URL.canParse(raw) && schemes.includes(new URL(raw).protocol.slice(0, -1))
      ? raw
      : undefined,
  );

/** What store/redis/address.ts reads; given back as written. */
export const redisUrl = settingType(
  Type.String(),
  "an address of Redis: redis://host:6379, redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379 (rediss… for TLS)",
  (raw) => {
    if (typeof raw !== "string") return undefined;
    try {
      parseRedisAddress(raw);
      return raw;
    } catch {
      return undefined;
    }
  },
);

/** A YAML list, or text with commas. */
export function list<T extends string>(
  item: SettingType<T>,
  allowed: string,
  max = 1000,
): SettingType<readonly T[]> {
  return {
    allowed,
    read(raw) {
      const items: unknown[] =
        typeof raw === "string" ? raw.split(",").map((part) => part.trim()) : [raw].flat();
      const values = items.filter((part) => part !== "").map((part) => item.read(part));
      return values.length <= max && values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** What a browser sends as `Origin`: no path, no upper case, no default port. */
export const origin = settingType(Type.String(), "an origin such as https://play.example.com", (raw) =>
  typeof raw === "string" &&
  URL.canParse(raw) &&
  /^https?:$/.test(new URL(raw).protocol) &&
  new URL(raw).origin === raw
    ? raw
    : undefined,
);

const PROXY_NAMES = ["loopback", "linklocal", "uniquelocal"];
const proxyAddress = settingType(Type.String(), "an address", (raw) => {
  if (typeof raw !== "string") return undefined;
  const [address = "", bits, rest] = raw.split("/");
  const longest = isIP(address) === 4 ? 32 : 128;
  const sane = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
  return PROXY_NAMES.includes(raw) || (isIP(address) !== 0 && sane && rest === undefined) ? raw : undefined;
});
const proxyAddresses = list(proxyAddress, "addresses");

/** `true` is one proxy: trusting every hop would let clients forge their address. */
export const trustProxy: SettingType<number | readonly string[]> = {
  allowed: `true, false, a number of proxies up to 32, or addresses and subnets (also ${PROXY_NAMES.join(", ")})`,
  read(raw) {
    const flag = raw === 1 || raw === "1" ? undefined : parseBoolean(raw);
    if (typeof flag === "boolean") return flag ? 1 : 0;
    return integer(0, 32).read(raw) ?? proxyAddresses.read(raw);
  },
};

const RATE = {
  max: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  windowMs: Type.Integer({ minimum: 100, maximum: 3_600_000 }),
};
const RULE = Type.Object(RATE, { additionalProperties: false });
const EVENT_RULE = Type.Object({ ...RATE, burst: Type.Optional(RULE) }, { additionalProperties: false });
const LIMITS = "with max from 1 to 1000000 and window from 100ms to 1h";
const EVENT_FORM = `off, or {max, window, burst?} (as text 60/10s, with a burst 60/10s+5/1s) ${LIMITS}`;
const parseOptionalRule = (raw: unknown) => (isOff(raw) ? null : parseRule(raw));

/** Null: no limit. */
export const rateRule = settingType(
  Type.Union([RULE, Type.Null()]),
  `off, or {max, window} (as text 60/10s) ${LIMITS}`,
  parseOptionalRule,
);

const RULES = Type.Record(
  Type.String({ pattern: "^[a-z][a-z0-9_:]{0,63}$" }),
  Type.Union([EVENT_RULE, Type.Null()]),
  {
    additionalProperties: false,
  },
);

/** By event; as text `chat_message=60/10s,roll=5/1s`. */
export const rateRules = settingType(
  RULES,
  `a rule for each event, which is ${EVENT_FORM}; in the environment chat_message=60/10s,roll=off`,
  (raw) => {
    const pairs: (readonly [string, unknown])[] =
      typeof raw === "string"
        ? raw
            .split(",")
            .map((pair) => [pair.split("=")[0]?.trim() ?? "", pair.split("=")[1]?.trim()] as const)
        : typeof raw === "object" && raw !== null && !Array.isArray(raw)
          ? Object.entries(raw)
          : [["", raw]];
    return Object.fromEntries(pairs.map(([event, rule]) => [event, parseOptionalRule(rule)]));
  },
);

/** By role and event; in the environment as JSON. */
export const roleRules = settingType(
  Type.Object(
    {
      player: Type.Optional(RULES),
      moderator: Type.Optional(RULES),
      admin: Type.Optional(RULES),
      service: Type.Optional(RULES),
    },
    { additionalProperties: false },
  ),
  `for a role (${ROLES.join(", ")}) a rule for each event, which is ${EVENT_FORM}; in the environment as JSON`,
  (raw) => {
    const byRole = parseJson(raw);
    if (typeof byRole !== "object" || byRole === null || Array.isArray(byRole)) return undefined;
    const entries = Object.entries(byRole).map(([role, rules]) => [role, rateRules.read(rules)] as const);
    return entries.every(([, rules]) => rules !== undefined) ? Object.fromEntries(entries) : undefined;
  },
);

/** Objects by name, checked further by those who use them; in the environment as JSON. */
export const namedObjects = settingType(
  Type.Record(
    Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,63}$" }),
    Type.Record(Type.String(), Type.Unknown()),
    { additionalProperties: false },
  ),
  "objects by name (lower case, digits, - and _); in the environment as JSON",
  parseJson,
);
