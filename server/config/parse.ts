/** From what stands in YAML or the environment to candidates for values. Each gives undefined, or its input, for anything else. */
import type { LimitRule } from "../../middleware/rate-limit/rules.ts";

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Powers of 1024, as in the configuration of the Go relay: 512000 is its '500KB'. */
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

/** `64kb`, `1mb`, a bare number is bytes. */
export function parseSize(raw: unknown): number | undefined {
  if (typeof raw === "number") return raw;
  const match = typeof raw === "string" ? /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(raw.trim()) : null;
  if (match === null) return undefined;
  return Number(match[1]) * (UNITS_BYTES[match[2]?.toLowerCase() || "b"] ?? Number.NaN);
}

export function parseInteger(raw: unknown): unknown {
  return typeof raw === "string" && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
}

export function parseNumber(raw: unknown): unknown {
  return typeof raw === "string" && /^\d+(\.\d+)?$/.test(raw.trim()) ? Number(raw) : raw;
}

export function parseBoolean(raw: unknown): unknown {
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
  if (!isObject(raw)) return undefined;
  const { max, window, burst, ...rest } = raw;
  const windowMs = parseDuration(window);
  if (typeof max !== "number" || windowMs === undefined || Object.keys(rest).length > 0) return undefined;
  if (burst === undefined) return { max, windowMs };
  const within = parseRule(burst);
  return within && within.burst === undefined ? { max, windowMs, burst: within } : undefined;
}

const isOff = (raw: unknown) =>
  raw === false || (typeof raw === "string" && raw.trim().toLowerCase() === "off");

/** Null for `off`. */
export const parseOptionalRule = (raw: unknown) => (isOff(raw) ? null : parseRule(raw));

export function parseJson(raw: unknown): unknown {
  if (typeof raw !== "string") return raw;
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A number of milliseconds in the words that a person would use for it. */
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
