/**
 * Makes the client's own package of the compiled client: one file for bundlers and Node, one for a `<script>`, and plain types. The server's
 * types are made of schemas, which costs a compiler 150,000 types; these are the same, written out.
 *
 *     makeClientPackage("dist")   writes dist/client-package
 */
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const NAMESPACES = ["chat", "combat", "game", "matchmaking", "rooms", "world"];
/** What a client's application does not send or hear: the client does it. */
const CLIENTS_OWN = new Set(["ack"]);

const quoted = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const comment = (text, indent) => (text ? `${indent}/** ${text.replaceAll("*/", "*\\/")} */\n` : "");
const grouped = (text) => (/[|&]/.test(text) ? `(${text})` : text);

/** The TypeScript type of a JSON schema, as `Static` gives it. */
export function typeOf(schema, indent = "") {
  if (schema["~unsafe"] !== undefined || schema["~refine"] !== undefined) return "Uint8Array";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const some = schema.anyOf ?? schema.oneOf;
  if (some) return [...new Set(some.map((one) => typeOf(one, indent)))].map(grouped).join(" | ");
  if (schema.allOf) return schema.allOf.map((one) => grouped(typeOf(one, indent))).join(" & ");
  switch (schema.type) {
    case "object":
      return objectType(schema, indent);
    case "array":
      if (Array.isArray(schema.items))
        return `[${schema.items.map((one) => typeOf(one, indent)).join(", ")}]`;
      return `${grouped(typeOf(schema.items ?? {}, indent))}[]`;
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "number":
    case "integer":
      return "number";
    case undefined:
      return "unknown";
    default:
      throw new Error(
        `a schema of type ${schema.type} has no type yet: add it to scripts/client-package.mjs`,
      );
  }
}

function objectType({ properties = {}, required = [], patternProperties }, indent) {
  const [pattern] = Object.values(patternProperties ?? {});
  if (pattern) return `Record<string, ${typeOf(pattern, indent)}>`;
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(
    ([name, value]) =>
      `${comment(value.description, inner)}${inner}${quoted(name)}${required.includes(name) ? "" : "?"}: ${typeOf(value, inner)};\n`,
  );
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}

function contractType(name, { namespace, commands, events }, common) {
  const entries = (specs, fields) =>
    Object.entries(specs)
      .filter(([key]) => !CLIENTS_OWN.has(key))
      .map(
        ([key, spec]) =>
          `${comment(spec.summary, "    ")}    readonly ${quoted(key)}: {\n${fields
            .map((field) => `      readonly ${field}: ${typeOf(spec[field], "      ")};\n`)
            .join("")}    };\n`,
      )
      .join("");
  return `export interface ${name} {
  readonly namespace: ${JSON.stringify(namespace)};
  readonly commands: {
${entries({ ...commands, ...common.commonCommands }, ["input", "result"])}  };
  readonly events: {
${entries({ ...events, ...common.commonEvents }, ["payload"])}  };
}
`;
}

const CONTRACT = `/** The contracts of namespaces, as plain types. */
export type NamespaceName = "/" | "/game" | "/chat" | "/combat" | "/world" | "/matchmaking";
export type Role = "player" | "moderator" | "admin" | "service";
export interface Contract {
  readonly namespace: NamespaceName;
  readonly commands: Readonly<Record<string, { readonly input: unknown; readonly result: unknown }>>;
  readonly events: Readonly<Record<string, { readonly payload: unknown }>>;
}
export type CommandName<C extends Contract> = keyof C["commands"] & string;
export type EventName<C extends Contract> = keyof C["events"] & string;
export type InputOf<C extends Contract, K extends CommandName<C>> = C["commands"][K]["input"];
export type ResultOf<C extends Contract, K extends CommandName<C>> = C["commands"][K]["result"];
export type PayloadOf<C extends Contract, K extends EventName<C>> = C["events"][K]["payload"];
`;

const GAME = `/** How a game ended. */
export interface GameResult {
  /** Empty: a draw, or nobody was left. */
  readonly winners: readonly string[];
  readonly reason: string;
  readonly scores?: readonly { readonly user_id: string; readonly score: number }[];
}
`;

/** Types of parts of a contract that the client's own declarations name. */
const NAMED = {
  chat: `export type ChannelItem = Items[number];\ntype Items = ChatContract["commands"]["history"]["result"]["messages"];\n`,
  game: `export type RoomView = GameContract["events"]["room:updated"]["payload"]["room"];\n`,
};

const IDS = `/** Who a player is: the token's \`sub\`. */
export type UserId = string;
`;

/** Declarations that are written anew, by their place in dist/. */
async function writtenAnew(dist) {
  const load = (file) => import(pathToFileURL(path.join(dist, file)).href);
  const common = await load("middleware/common.js");
  const made = new Map([
    ["core/contract/contract.d.ts", CONTRACT],
    ["core/games/game.d.ts", GAME],
    ["core/ids.d.ts", IDS],
  ]);
  for (const name of NAMESPACES) {
    const module = await load(`namespaces/${name}/schema.js`);
    const contract = module[`${name}Contract`];
    const type = `${name[0].toUpperCase()}${name.slice(1)}Contract`;
    made.set(`namespaces/${name}/schema.d.ts`, contractType(type, contract, common) + (NAMED[name] ?? ""));
  }
  return made;
}

const IMPORT = /((?:from|import\()\s*["'])(\.[^"']+)\.(?:ts|js)(["'])/g;

/** Copies the declarations that the entries need. */
async function copyTypes(dist, out, entries) {
  const anew = await writtenAnew(dist);
  const done = new Set();
  const take = (file) => {
    if (done.has(file)) return;
    done.add(file);
    const text = anew.get(file) ?? readFileSync(path.join(dist, file), "utf8");
    const target = path.join(out, "types", file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(
      target,
      text
        .replace(IMPORT, (_, before, name, after) => `${before}${name}.js${after}`)
        .replace(/^\/\/# source.*$/m, ""),
    );
    for (const [, , name] of text.matchAll(IMPORT)) take(path.join(path.dirname(file), `${name}.d.ts`));
  };
  for (const entry of entries) take(entry);
}

/** @returns how large the files are, in words */
export async function makeClientPackage(dist, root) {
  const out = path.join(dist, "client-package");
  mkdirSync(out, { recursive: true });
  const { version, license, engines, devDependencies } = JSON.parse(
    readFileSync(path.join(root, "package.json"), "utf8"),
  );
  const bundle = (entry, outfile, more) =>
    build({
      entryPoints: [path.join(dist, entry)],
      outfile: path.join(out, outfile),
      bundle: true,
      target: "es2022",
      platform: "browser",
      logLevel: "error",
      absWorkingDir: root,
      ...more,
    });
  // Several entries that share what they have in common.
  await build({
    entryPoints: {
      index: path.join(dist, "client/index.js"),
      realtime: path.join(dist, "core/realtime/index.js"),
    },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    // No Node built-ins: one that crept in would fail here.
    platform: "browser",
    external: ["socket.io-client"],
    logLevel: "error",
    absWorkingDir: root,
  });
  await bundle("client/index.js", "muster-client.min.js", {
    format: "iife",
    globalName: "Muster",
    minify: true,
  });
  await copyTypes(dist, out, ["client/index.d.ts", "core/realtime/index.d.ts"]);
  const manifest = {
    name: "muster-client",
    version,
    description: "The client of Muster, the real-time server for multiplayer games, for browsers and Node.",
    license,
    type: "module",
    engines,
    main: "index.js",
    types: "types/client/index.d.ts",
    unpkg: "muster-client.min.js",
    jsdelivr: "muster-client.min.js",
    sideEffects: false,
    exports: {
      ".": { types: "./types/client/index.d.ts", default: "./index.js" },
      "./realtime": { types: "./types/core/realtime/index.d.ts", default: "./realtime.js" },
      "./muster-client.min.js": "./muster-client.min.js",
      "./package.json": "./package.json",
    },
    dependencies: { "socket.io-client": `^${devDependencies["socket.io-client"]}` },
  };
  writeFileSync(path.join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  cpSync(path.join(root, "client/PACKAGE.md"), path.join(out, "README.md"));
  if (existsSync(path.join(root, "LICENSE"))) cpSync(path.join(root, "LICENSE"), path.join(out, "LICENSE"));
  const sizeOf = (file) => {
    const bytes = statSync(path.join(out, file)).size;
    const zipped = gzipSync(readFileSync(path.join(out, file))).length;
    return `${file} ${(bytes / 1_000).toFixed(0)} KB (${(zipped / 1_000).toFixed(0)} KB gzipped)`;
  };
  return `client: ${sizeOf("index.js")}, for a <script>, with Socket.IO: ${sizeOf("muster-client.min.js")}`;
}
