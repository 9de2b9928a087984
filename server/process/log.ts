/** Logs as ECS JSON lines or as readable ones. What could let somebody in never gets into them. */
import { ecsFormat } from "@elastic/ecs-pino-format";
import pino, { type DestinationStream, type Logger, type LoggerOptions } from "pino";
import type { Config } from "../config/config.ts";

/** Names whose values are hidden wherever they stand. */
const SECRET_NAME = /token|authorization|password|secret|cookie|api[_-]?key|credential/i;
const HIDDEN = "[hidden]";
const MAX_DEPTH = 6;
/** Characters of one text; what clients send can be long. */
const MAX_TEXT = 2_000;
/**
 * In the finished line, for what stands in texts (messages, addresses, stacks) and for the fields of child loggers: secret names
 * with a text, JWTs, bearer credentials, credentials in addresses.
 */
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [
    /"([^"\\]*(?:token|authorization|password|secret|cookie|api[_-]?key|credential)[^"\\]*)":"(?:[^"\\]|\\.)*"/gi,
    `"$1":"${HIDDEN}"`,
  ],
  [/eyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, HIDDEN],
  [/\b(bearer|basic) +[^\s"'\\,]+/gi, `$1 ${HIDDEN}`],
  [/([?&](?:token|access_token|auth_token|api_key|password|secret)=)[^&\s"'\\]+/gi, `$1${HIDDEN}`],
  [/(\/\/[^\s/:@"']*:)[^\s/@"']+@/g, `$1${HIDDEN}@`],
];

export type { Logger };

/** Fields of every ECS line. */
export interface LogSource {
  /** Default: `muster`. */
  readonly service?: string;
  readonly version?: string;
  readonly worker?: string;
}

/** @param destination where lines go; default: standard output */
export function createLog(
  config: Config["log"],
  destination: DestinationStream = process.stdout,
  { service = "muster", version, worker }: LogSource = {},
): Logger {
  const ecs = config.format === "ecs";
  const format: LoggerOptions = ecs
    ? ecsFormat({
        apmIntegration: false,
        serviceName: service,
        ...(version === undefined ? {} : { serviceVersion: version }),
        ...(worker === undefined ? {} : { serviceNodeName: worker }),
      })
    : { base: null };
  const { log, ...formatters } = format.formatters ?? {};
  return pino(
    {
      ...format,
      level: config.level,
      formatters: {
        ...formatters,
        log: (fields) => {
          const hidden = hideSecrets(fields);
          return log?.(hidden) ?? hidden;
        },
      },
      hooks: { streamWrite: hideSecretText },
    },
    ecs ? destination : readable(destination),
  );
}

type Fields = Record<string, unknown>;

/** A copy without the values of secret names. Errors and other class instances are left to the format. */
function hideSecrets(fields: object): Fields {
  return hide(fields, 0) as Fields;
}

function hide(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (Array.isArray(value)) return depth < MAX_DEPTH ? value.map((item) => hide(item, depth + 1)) : HIDDEN;
  if (!isPlain(value)) return value;
  if (depth === MAX_DEPTH) return HIDDEN;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && isShowable(inner) ? HIDDEN : hide(inner, depth + 1),
    ]),
  );
}

const isPlain = (value: unknown): value is Fields => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** A count of tokens or a flag is no secret. */
const isShowable = (value: unknown) =>
  value !== null && value !== undefined && typeof value !== "number" && typeof value !== "boolean";

/** A text without what could let somebody in. */
export function hideSecretText(line: string): string {
  return SECRET_TEXT.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}

const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** `12:30:01.250 WARN  what happened  user=ann` and the stack of an error below it. */
function readable(destination: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      const { level, time, msg, err, ...fields } = JSON.parse(line) as Fields;
      const at = typeof time === "number" ? new Date(time).toISOString().slice(11, 23) : "";
      const name = (LEVELS[Number(level)] ?? String(level)).toUpperCase().padEnd(5);
      const details = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
      const stack = typeof err === "object" && err !== null ? `\n${stackOf(err as Fields)}` : "";
      destination.write(`${at} ${name} ${oneLine(String(msg ?? ""))}${details.join("")}${stack}\n`);
    },
  };
}

/** A line break in what a client sent must not look like a line of ours. */
const oneLine = (text: string) =>
  text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

/** Text that would break the line, or be taken for two fields, in quotes. */
const shown = (value: unknown) =>
  typeof value === "string" && /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);

function stackOf(err: Fields): string {
  const text = typeof err.stack === "string" ? err.stack : `${err.type}: ${err.message}`;
  return text.replace(/^/gm, "    ");
}
