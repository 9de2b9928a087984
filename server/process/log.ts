/** Logs as ECS JSON lines or as readable ones. What could let somebody in never gets into them. */
import { ecsFormat } from "@elastic/ecs-pino-format";
import pino, { type DestinationStream, type Logger, type LoggerOptions } from "pino";
import { GameError } from "../../core/contract/errors.ts";
import type { Config } from "../config/config.ts";

/** Names whose values are hidden wherever they stand. */
const SECRET_NAME = /token|authorization|password|secret|cookie|api[_-]?key|credential/i;
const HIDDEN = "[hidden]";
const MAX_DEPTH = 6;
/** Characters of one text, an error's message among them; what clients send can be long. */
const MAX_TEXT = 2_000;
/** Of an error's message and stack together. */
const MAX_STACK = 6_000;
/** Of a line, those of lists and of errors' fields among them. */
const MAX_VALUES = 300;
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

/** A bounded copy without the values of secret names. */
function hideSecrets(fields: object): Fields {
  const room: Room = { values: MAX_VALUES, isOutage: false };
  return hideFields(fields, 0, room);
}

/** What a line has left. */
interface Room {
  values: number;
  /** Within an error that tells of an outage. */
  readonly isOutage: boolean;
}

function hideFields(fields: object, depth: number, room: Room): Fields {
  const hidden: Fields = {};
  for (const [name, inner] of Object.entries(fields)) {
    if (room.values <= 0) break;
    hidden[name.slice(0, MAX_TEXT)] =
      SECRET_NAME.test(name) && isShowable(inner) ? HIDDEN : hide(inner, depth + 1, room);
  }
  return hidden;
}

function hide(value: unknown, depth: number, room: Room): unknown {
  room.values--;
  if (typeof value === "string") return bounded(value, MAX_TEXT);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH || room.values <= 0) return HIDDEN;
  if (value instanceof Error) return hideError(value, depth, room);
  if (Array.isArray(value))
    return value.slice(0, room.values).map((item: unknown) => hide(item, depth + 1, room));
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (value instanceof Map || value instanceof Set) return `(${value.size} of a ${value.constructor.name})`;
  if ("toJSON" in value && typeof value.toJSON === "function") return hide(value.toJSON(), depth + 1, room);
  return hideFields(value, depth, room);
}

/** An error of the same class with the same fields, as far as they are shown. */
function hideError(err: Error, depth: number, room: Room): Error {
  const message = bounded(withoutInput(err), MAX_TEXT);
  const shown = new Error(message);
  // Of a service that is away the place in the code says nothing.
  const isOutage = room.isOutage || (err instanceof GameError && err.code === "unavailable");
  const inner = { values: room.values, isOutage };
  const stack = isOutage ? `${err.name}: ${message}` : (err.stack ?? "").replace(err.message, () => message);
  // Not enumerable, as they are not in an error.
  Object.defineProperties(shown, {
    constructor: { value: err.constructor },
    name: { value: err.name },
    stack: { value: bounded(stack, MAX_STACK) },
    ...(err.cause === undefined ? {} : { cause: { value: hide(err.cause, depth + 1, inner) } }),
  });
  room.values = inner.values;
  const { message: _, stack: __, name: ___, cause: ____, ...own } = { ...err };
  return Object.assign(shown, hideFields(own, depth, room));
}

/** What JSON.parse throws quotes what it was given. */
const withoutInput = (err: Error): string =>
  err instanceof SyntaxError && err.message.includes("JSON") ? "a text is not valid JSON" : err.message;

const bounded = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;

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
