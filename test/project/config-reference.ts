/** The example configuration, its reference and its JSON schema, made from the tree of settings. */
import { type TObject, type TSchema, Type } from "typebox";
import { stringify } from "yaml";
import { type About, infoOf } from "../../server/config/setting.ts";
import { SETTINGS } from "../../server/config/settings/index.ts";

const WIDTH = 120;
const SCHEMA_FILE = "docs/reference/config.schema.json";

const EXAMPLE_HEAD = [
  `# yaml-language-server: $schema=${SCHEMA_FILE}`,
  "",
  "# Made by `npm run docs` from server/config/settings: every setting, at its default where it has one. Copy it to config.yaml and",
  "# keep what you change. Each has a name in the environment too, in brackets; the environment wins. Durations: 54s, 2m, 500ms; a",
  "# bare number is seconds. Sizes: 65536, 64kb, 1mb. Secrets are better in the environment or in files.",
];

/** One line of YAML; objects in braces. */
const inline = (value: unknown): string =>
  stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false }).trim();

/** The settings and sections of a section, without those that have no effect. */
function childrenOf(schema: TObject): [string, TSchema][] {
  return Object.entries(schema.properties).filter(([, child]) => infoOf(child)?.about.unused === undefined);
}

const descriptionOf = (schema: TSchema): string => String(Reflect.get(schema, "description") ?? "");

const environmentOf = ({ env, fallbackEnv = [] }: About): string =>
  [env.join(" or "), ...fallbackEnv.map((name) => `else ${name}`)].join(", ");

function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
}

function settingLines(key: string, about: About, indent: string): string[] {
  const notes = [
    about.description.replace(/\.?$/, "."),
    ...(about.computed === undefined ? [] : [`Default: ${about.computed}.`]),
    ...(about.default !== undefined && about.example !== undefined
      ? [`For example ${inline(about.example)}.`]
      : []),
    `[${environmentOf(about)}]`,
  ];
  const shown = about.default ?? about.example;
  const value = shown === undefined ? "" : ` ${inline(shown)}`;
  const line = `${key}:${value}`;
  return [...comment(notes.join(" "), indent), `${indent}${about.default === undefined ? "# " : ""}${line}`];
}

function sectionLines(schema: TObject, indent: string): string[] {
  return childrenOf(schema).flatMap(([key, child]) => {
    const about = infoOf(child)?.about;
    if (about) return settingLines(key, about, indent);
    if (!Type.IsObject(child)) return [];
    const head = [...comment(descriptionOf(child), indent), `${indent}${key}:`];
    return [...(indent === "" ? [""] : []), ...head, ...sectionLines(child, `${indent}  `)];
  });
}

function rows(schema: TObject, path: string): string[] {
  return childrenOf(schema).flatMap(([key, child]) => {
    const about = infoOf(child)?.about;
    if (!about) return Type.IsObject(child) ? rows(child, `${path}.${key}`) : [];
    const fallback = about.computed ?? (about.default === undefined ? "" : `\`${inline(about.default)}\``);
    const example = about.example === undefined ? "" : ` For example \`${inline(about.example)}\`.`;
    const allowed = infoOf(child)?.type.allowed ?? "";
    const names = [...about.env, ...(about.fallbackEnv ?? [])].map((name) => `\`${name}\``).join(", ");
    const what = `${about.description.replace(/\.?$/, ".")}${example}<br>${allowed}`;
    return [`| \`${path}.${key}\` | ${fallback} | ${names} | ${what} |`.replaceAll("\n", " ")];
  });
}

function unusedRows(schema: TObject, path: string): string[] {
  return Object.entries(schema.properties).flatMap(([key, child]) => {
    const about = infoOf(child)?.about;
    if (!about) return Type.IsObject(child) ? unusedRows(child, path === "" ? key : `${path}.${key}`) : [];
    return about.unused === undefined ? [] : [`- \`${path}.${key}\` (\`${about.env[0]}\`): ${about.unused}`];
  });
}

function reference(): string {
  const sections = childrenOf(SETTINGS).flatMap(([key, schema]) =>
    Type.IsObject(schema)
      ? [
          `## \`${key}\``,
          "",
          descriptionOf(schema),
          "",
          "| setting | default | environment | |",
          "|---|---|---|---|",
          ...rows(schema, key),
          "",
        ]
      : [],
  );
  return [
    "# Settings",
    "",
    "<!-- Made by `npm run docs` from server/config/settings; change it there. -->",
    "",
    "Settings stand in `config.yaml` in the working directory, or in the file that `CONFIG_FILE` names, and in the environment, which wins.",
    "[config.example.yaml](../../config.example.yaml) has all of them. A mistake ends the start with exit code 78; all mistakes are told at once.",
    "",
    "A duration is `54s`, `2m`, `500ms` or `1m30s`; a bare number is seconds. A size is `65536`, `64kb` or `1mb`. An empty variable is not set.",
    "Editors check the file against [config.schema.json](config.schema.json) with this first line:",
    "",
    "```yaml",
    `# yaml-language-server: $schema=${SCHEMA_FILE}`,
    "```",
    "",
    ...sections,
    "## Without effect",
    "",
    "Taken for the sake of other servers' files; a line at the start says so where one is set.",
    "",
    ...unusedRows(SETTINGS, ""),
    "",
  ].join("\n");
}

/** A section may stand there with nothing in it, as where all its settings are comments. */
function orEmpty(schema: TSchema): object {
  if (infoOf(schema) || !Type.IsObject(schema)) return schema;
  const properties = Object.entries(schema.properties).map(([key, child]) => [key, orEmpty(child)] as const);
  return { ...schema, type: ["object", "null"], properties: Object.fromEntries(properties) };
}

function jsonSchema(): string {
  const document = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Muster's configuration",
    ...orEmpty(SETTINGS),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

export const configDocuments = (): readonly (readonly [string, string])[] => [
  ["config.example.yaml", [...EXAMPLE_HEAD, ...sectionLines(SETTINGS, ""), ""].join("\n")],
  ["docs/reference/settings.md", reference()],
  [SCHEMA_FILE, jsonSchema()],
];
