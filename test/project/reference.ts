/** The event and error references, made from the contracts and the error table. */
import type { TSchema } from "typebox";
import type { CommandSpec, Contract } from "../../core/contract/contract.ts";
import { CLOSE_CODES, ERRORS } from "../../core/contract/errors.ts";
import { commonCommands, commonEvents } from "../../middleware/common.ts";
import { asyncApiDocument } from "../../server/asyncapi.ts";
import { LANGUAGES, typesOf } from "../../server/commands/types/write.ts";
import { contracts } from "../../server/contracts.ts";
import { openApi } from "./api-pages/openapi.ts";
import { framesPage, httpPage } from "./api-pages/pages.ts";
import { configDocuments } from "./config-reference.ts";

const NOTE = "<!-- Made by `npm run docs` from the code; change it there. -->";

/** A schema as a person reads it: `{room: text ≤ 128, since?: {epoch: text, offset: whole number ≥ 0}}`. */
function readable(schema: TSchema, depth = 0): string {
  const s = schema as Record<string, unknown>;
  if (Array.isArray(s.enum)) return s.enum.map((value) => JSON.stringify(value)).join(" or ");
  if ("const" in s) return JSON.stringify(s.const);
  const options = s.anyOf ?? s.oneOf;
  if (Array.isArray(options)) return options.map((option: TSchema) => readable(option, depth)).join(" or ");
  if (Array.isArray(s.allOf)) return s.allOf.map((part: TSchema) => readable(part, depth)).join(" with ");
  switch (s.type) {
    case "string":
      return `text${range(s.minLength, s.maxLength)}`;
    case "integer":
      return `whole number${range(s.minimum, s.maximum)}`;
    case "number":
      return `number${range(s.minimum, s.maximum)}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return Array.isArray(s.items)
        ? `[${s.items.map((item: TSchema) => readable(item, depth + 1)).join(", ")}]`
        : `list of ${readable((s.items ?? {}) as TSchema, depth + 1)}${range(s.minItems, s.maxItems)}`;
    case "object": {
      const properties = (s.properties ?? {}) as Record<string, TSchema>;
      const required = new Set((s.required ?? []) as string[]);
      const fields = Object.entries(properties).map(
        ([name, value]) => `${name}${required.has(name) ? "" : "?"}: ${readable(value, depth + 1)}`,
      );
      const [others] = Object.values((s.patternProperties ?? {}) as Record<string, TSchema>);
      if (others !== undefined) fields.push(`any name: ${readable(others, depth + 1)}`);
      return fields.length === 0 ? "{}" : `{${fields.join(", ")}}`;
    }
    default:
      return "anything";
  }
}

function range(min: unknown, max: unknown): string {
  if (typeof min === "number" && typeof max === "number") return min === max ? ` = ${min}` : ` ${min}–${max}`;
  if (typeof min === "number") return ` ≥ ${min}`;
  if (typeof max === "number") return ` ≤ ${max}`;
  return "";
}

function callers(command: CommandSpec): string {
  if (command.roles) return command.roles.join(", ");
  return command.anonymous ? "everybody" : "users with a token";
}

/** The other words for it. */
function alsoTakes({ aliases }: CommandSpec): string[] {
  if (!aliases) return [];
  const names = (aliases.names ?? []).map((name) => `\`${name}\``);
  return [`also taken: ${[...names, ...(aliases.note ? [aliases.note] : [])].join("; ")}  `];
}

const rateOf = (command: CommandSpec) => {
  const { max, windowMs } = command.rate ?? { max: 20, windowMs: 1_000 };
  return `${max} in ${windowMs / 1_000} s`;
};

function section(contract: Contract): string {
  const lines = [
    `## \`${contract.namespace}\``,
    "",
    `Without a token: ${WITHOUT_TOKEN[contract.access]}.`,
    "",
    "### Client to server",
    "",
  ];
  for (const [name, command] of Object.entries(contract.commands).sort(byName))
    lines.push(
      `**\`${name}\`** ${command.summary}  `,
      `takes \`${readable(command.input)}\`  `,
      ...alsoTakes(command),
      `answers \`${readable(command.result)}\`  `,
      `for ${callers(command)}; at most ${rateOf(command)}`,
      "",
    );
  lines.push("### Server to client", "");
  for (const [name, event] of Object.entries(contract.events).sort(byName))
    lines.push(
      `**\`${name}\`** (${event.delivery}) ${event.summary}  `,
      `\`${readable(event.payload)}\``,
      "",
    );
  return lines.join("\n");
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

const WITHOUT_TOKEN = {
  token: "refused",
  anonymous: "allowed as `anonymous:<connection id>`, to read only",
  "open-in-dev": "refused, except under AUTH_MODE=dev",
} as const;

function eventReference(): string {
  const common = { namespace: "/", access: "token", commands: commonCommands, events: commonEvents } as const;
  const everywhere = section(common)
    .replace("## `/`", "## In every namespace")
    .replace("Without a token: refused.\n\n", "");
  return [
    "# Events",
    "",
    NOTE,
    "",
    "An event is a name and one payload object. Every command takes an acknowledgement, `{ok: true, …}` or `{ok: false, error}`;",
    "every payload from the server has a `timestamp` (milliseconds on `/`, ISO 8601 elsewhere). A plain WebSocket client sends and",
    'gets the same as `{"type": name, …payload}`. Errors: [errors.md](errors.md).',
    "",
    everywhere,
    ...contracts.map(section),
  ].join("\n");
}

function errorReference(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { message, status, retryable }]) =>
      `| \`${code}\` | ${message} | ${status} | ${retryable ? "yes" : "no"} |`,
  );
  const closes = Object.entries(CLOSE_CODES).map(([name, code]) => `| ${code} | ${name} |`);
  return [
    "# Errors",
    "",
    NOTE,
    "",
    "A failed command is acknowledged with `{ok: false, error: {code, message, …details}}`, or emitted as `error` where no",
    "acknowledgement was asked for. HTTP answers `{error: {code, message}}` with the status. Codes never change their meaning.",
    "Outside production `cause` beside them says why, where the message does not.",
    "",
    "| code | message | HTTP status | worth trying again |",
    "|---|---|---|---|",
    ...rows,
    "",
    "## Close codes of plain WebSocket connections",
    "",
    "| code | meaning |",
    "|---|---|",
    ...closes,
    "",
  ].join("\n");
}

const CLIENTS = {
  csharp: "clients/csharp/MusterTypes.cs",
  gdscript: "clients/godot/muster_types.gd",
} as const;

/** Files by their path from the top, with their text. */
export function referenceDocuments(): readonly (readonly [string, string])[] {
  const http = openApi();
  const frames = asyncApiDocument(contracts);
  const made = "Made by `npm run docs` from the contracts; change it there.";
  return [
    ["docs/reference/events.md", eventReference()],
    ["docs/reference/errors.md", errorReference()],
    ["docs/reference/asyncapi.json", `${JSON.stringify(frames, null, 1)}\n`],
    ["docs/reference/openapi.json", `${JSON.stringify(http, null, 1)}\n`],
    ["docs/reference/http.html", httpPage({ ...http })],
    ["docs/reference/frames.html", framesPage(frames)],
    ...LANGUAGES.map((language) => [CLIENTS[language], typesOf(language, frames, made)] as const),
    ...configDocuments(),
  ];
}
