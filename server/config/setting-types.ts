/** Types of settings: how a value is read from YAML or the environment, what it may be, and the JSON schema of its written form. */
import { isIP } from "node:net";
import { type Static, type TSchema, Type } from "typebox";
import { Check } from "typebox/value";
import { ROLES } from "../../core/contract/contract.ts";
import { parseRedisAddress } from "../store/redis/link/address.ts";
import {
  inWords,
  isObject,
  parseBoolean,
  parseDuration,
  parseInteger,
  parseJson,
  parseNumber,
  parseOptionalRule,
  parseSize,
} from "./parse.ts";

export interface SettingType<T, Suffix extends string = ""> {
  /** Completes 'is not …'. */
  readonly allowed: string;
  /** What may stand in the YAML file. */
  readonly written: TSchema;
  /** The unit, at the end of the field's name in the configuration. */
  readonly suffix?: Suffix;
  /**
   * The checked value; undefined where `raw` (a scalar, array or object of YAML, or text) is not one.
   * @param fault takes a mistake inside the value, at a path below it; then `allowed` is not said as well
   */
  read(raw: unknown, fault?: (path: string, message: string) => void): T | undefined;
}

/** `decode` turns what was written into a candidate; the schema decides whether it is one. */
function settingType<S extends TSchema>(
  schema: S,
  allowed: string,
  decode: (raw: unknown) => unknown,
  written: TSchema = schema,
): SettingType<Static<S>> {
  return {
    allowed,
    written,
    read(raw) {
      const value: unknown = decode(raw);
      return Check(schema, value) ? value : undefined;
    },
  };
}

const DURATION = Type.Unsafe<unknown>({
  type: ["string", "number"],
  pattern: "^(\\d+(\\.\\d+)?(ms|s|m|h|d)?)+$",
  minimum: 0,
});
const SIZE = Type.Unsafe<unknown>({
  type: ["string", "integer"],
  pattern: "^\\d+(\\.\\d+)?\\s*[bkmgBKMG]?(i?[bB])?$",
  minimum: 0,
});

/** In milliseconds. */
export const duration = (minMs: number, maxMs: number): SettingType<number, "Ms"> => ({
  ...settingType(
    Type.Integer({ minimum: minMs, maximum: maxMs }),
    `a duration from ${inWords(minMs)} to ${inWords(maxMs)}, such as 54s, 2m or 500ms (a bare number is seconds)`,
    parseDuration,
    DURATION,
  ),
  suffix: "Ms",
});

/** In bytes. */
export const size = (min: number, max: number) =>
  settingType(
    Type.Integer({ minimum: min, maximum: max }),
    `a size from ${min} to ${max} bytes, such as 65536 or 64kb`,
    parseSize,
    SIZE,
  );

export const integer = (min: number, max: number) =>
  settingType(
    Type.Integer({ minimum: min, maximum: max }),
    `a whole number from ${min} to ${max}`,
    parseInteger,
  );

export const number = (min: number, max: number) =>
  settingType(Type.Number({ minimum: min, maximum: max }), `a number from ${min} to ${max}`, parseNumber);

/** 0 is written for 'no limit', and read as Infinity. */
export const unlimitedByZero = (type: SettingType<number>): SettingType<number> => ({
  ...type,
  read(raw) {
    const value = type.read(raw);
    return value === 0 ? Number.POSITIVE_INFINITY : value;
  },
});

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
    Type.Unsafe<unknown>({ type: ["string", "number"], minLength: 1, maxLength }),
  );

/** A name that is safe in keys. */
export const word = (maxLength: number) =>
  settingType(
    Type.String({ minLength: 1, maxLength, pattern: "^[A-Za-z0-9][A-Za-z0-9_.:-]*$" }),
    `a name of at most ${maxLength} letters, digits and _ . : -`,
    (raw) => raw,
  );

/** An address with one of the schemes; given back as written. */
export const url = (what: string, ...schemes: string[]) =>
  settingType(
    Type.String(),
    `${what} (${schemes.map((scheme) => `${scheme}://`).join(" or ")}…)`,
    (raw) =>
      typeof raw === "string" && URL.canParse(raw) && schemes.includes(new URL(raw).protocol.slice(0, -1))
        ? raw
        : undefined,
    Type.String({ pattern: `^(${schemes.join("|")})://` }),
  );

/** What store/redis/link/address.ts reads; given back as written. */
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
  Type.String({ pattern: "^rediss?(\\+sentinel|\\+cluster)?://" }),
);

/** A YAML list, or text with commas. */
export function list<T extends string>(
  item: SettingType<T>,
  allowed: string,
  max = 1000,
): SettingType<readonly T[]> {
  return {
    allowed,
    written: Type.Union([Type.Array(item.written, { maxItems: max }), Type.String()]),
    read(raw) {
      const items: unknown[] =
        typeof raw === "string" ? raw.split(",").map((part) => part.trim()) : [raw].flat();
      const values = items.filter((part) => part !== "").map((part) => item.read(part));
      return values.length <= max && values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** What a browser sends as `Origin`: no path, no upper case, no default port. */
export const origin = settingType(
  Type.String(),
  "an origin such as https://play.example.com",
  (raw) =>
    typeof raw === "string" &&
    URL.canParse(raw) &&
    /^https?:$/.test(new URL(raw).protocol) &&
    new URL(raw).origin === raw
      ? raw
      : undefined,
  Type.String({ pattern: "^https?://[^/]+$" }),
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
  written: Type.Union([
    Type.Boolean(),
    Type.Integer({ minimum: 0, maximum: 32 }),
    Type.String(),
    Type.Array(Type.String()),
  ]),
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
const closed = { additionalProperties: false } as const;
const RULE = Type.Object(RATE, closed);
const EVENT_RULE = Type.Object({ ...RATE, burst: Type.Optional(RULE) }, closed);
const EVENT_NAME = Type.String({ pattern: "^[a-z][a-z0-9_:]{0,63}$" });
const LIMITS = "with max from 1 to 1000000 and window from 100ms to 1h";
const EVENT_FORM = `off, or {max, window, burst?} (as text 60/10s, with a burst 60/10s+5/1s) ${LIMITS}`;

const WRITTEN_RULE = Type.Object({ max: RATE.max, window: DURATION }, closed);
const asRule = (rule: TSchema) => Type.Union([rule, Type.String(), Type.Literal(false)]);
const WRITTEN_RULES = Type.Record(
  EVENT_NAME,
  asRule(
    Type.Object({ max: RATE.max, window: DURATION, burst: Type.Optional(asRule(WRITTEN_RULE)) }, closed),
  ),
);

/** Null: no limit. */
export const rateRule = settingType(
  Type.Union([RULE, Type.Null()]),
  `off, or {max, window} (as text 60/10s) ${LIMITS}`,
  parseOptionalRule,
  asRule(WRITTEN_RULE),
);

const RULES = Type.Record(EVENT_NAME, Type.Union([EVENT_RULE, Type.Null()]), closed);

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
        : isObject(raw)
          ? Object.entries(raw)
          : [["", raw]];
    return Object.fromEntries(pairs.map(([event, rule]) => [event, parseOptionalRule(rule)]));
  },
  WRITTEN_RULES,
);

const byRole = (rules: TSchema) =>
  Type.Object(Object.fromEntries(ROLES.map((role) => [role, Type.Optional(rules)])), closed);

/** By role and event; in the environment as JSON. */
export const roleRules = settingType(
  Type.Object(
    {
      player: Type.Optional(RULES),
      moderator: Type.Optional(RULES),
      admin: Type.Optional(RULES),
      service: Type.Optional(RULES),
    },
    closed,
  ),
  `for a role (${ROLES.join(", ")}) a rule for each event, which is ${EVENT_FORM}; in the environment as JSON`,
  (raw) => {
    const given = parseJson(raw);
    if (!isObject(given)) return undefined;
    const entries = Object.entries(given).map(([role, rules]) => [role, rateRules.read(rules)] as const);
    return entries.every(([, rules]) => rules !== undefined) ? Object.fromEntries(entries) : undefined;
  },
  byRole(WRITTEN_RULES),
);

/** Objects by name, checked further where they are used; in the environment as JSON. */
export const namedObjects = settingType(
  Type.Record(
    Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,63}$" }),
    Type.Record(Type.String(), Type.Unknown()),
    closed,
  ),
  "objects by name (lower case, digits, - and _); in the environment as JSON",
  parseJson,
);
