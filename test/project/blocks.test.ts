/**
 * Every `ts` and `js` block of the pages compiles against the packages as they are. What a block leaves out, such as its
 * configuration, stands in a comment above it that readers of the page do not see:
 *
 *     <!-- Given: declare const url: string; -->
 *     <!-- Not checked: why -->
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { ensureBuilt } from "../support/built.ts";

const root = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

interface Block {
  /** `docs/client.md:13` */
  readonly at: string;
  readonly language: "ts" | "js";
  readonly given: string;
  readonly unchecked: string | undefined;
  readonly text: string;
}

const PAGES = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...["client", "clients", "deploy", "docs", "namespaces", "proto", "server"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => path.join(folder, name)),
  ),
];

function blocksOf(page: string, markdown: string): Block[] {
  return [...markdown.matchAll(/(?:<!-- (Given|Not checked): ([\s\S]*?) -->\n+)?```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, , , language = ""]) => /^(ts|js|typescript|javascript|mjs|mts|tsx|jsx)$/.test(language))
    .map(({ 1: kind, 2: note, 3: language, 4: text = "", 0: whole, index }) => ({
      at: `${page}:${markdown.slice(0, index + whole.indexOf("```")).split("\n").length}`,
      language: language === "js" || language === "javascript" || language === "mjs" ? "js" : "ts",
      given: kind === "Given" ? (note ?? "") : "",
      unchecked: kind === "Not checked" ? (note ?? "") : undefined,
      text,
    }));
}

/** Line numbers are those of the page: what is given stands on the block's first line. */
const fileOf = ({ given, text }: Block) => `${given.replace(/\s+/g, " ")} export {}; ${text}`;

/** What the compiler says, with the page and the line there. Packages are the built ones: `muster-server` is this one by its own name. */
async function compile(blocks: readonly Block[]): Promise<string[]> {
  const folder = path.join(root, `.tmp/blocks-${process.pid}`);
  mkdirSync(path.join(folder, "games"), { recursive: true });
  try {
    for (const [at, block] of blocks.entries())
      writeFileSync(path.join(folder, `${at}.${block.language}`), fileOf(block));
    writeFileSync(path.join(folder, "games/arena.ts"), `export * from "../../../dist/games/arena.js";\n`);
    const clients = "../../dist/client-package/types";
    const compilerOptions = {
      ...{ allowJs: true, checkJs: true, declaration: false, lib: ["es2023", "dom", "esnext.disposable"] },
      types: ["node"],
      paths: {
        "muster-client": [`${clients}/client/index.d.ts`],
        "muster-client/realtime": [`${clients}/core/realtime/index.d.ts`],
      },
    };
    writeFileSync(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", include: ["*"], exclude: [], compilerOptions }),
    );
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(
      process.execPath,
      [compiler, "-p", folder, "--noEmit", "--pretty", "false"],
      {
        timeout: 90_000,
      },
    ).catch((err: { stdout?: string }) => ({ stdout: err.stdout || String(err) }));
    return (
      stdout
        .split("\n")
        // Plain JavaScript names no types: parameters are `any`, results of games unknown, promises of anything.
        .filter((line) => line !== "" && !/\.js\(.*error TS(70\d\d|18046|2810)/.test(line))
        .map((line) =>
          line.replace(/^\S*?(\d+)\.[tj]s\((\d+),\d+\)/, (_, at: string, row: string) => {
            const [page, first] = (blocks[Number(at)]?.at ?? "?").split(":");
            return `${page}:${Number(first) + Number(row)}`;
          }),
        )
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Must be refused, so that a compiler that checks nothing does not pass. */
const WRONG = '```ts\nimport { connectMuster } from "muster-client";\nconnectMuster({ uri: "x" });\n```\n';

describe("blocks of the pages", function () {
  this.timeout(120_000);

  const all = PAGES.flatMap((page) => blocksOf(page, readFileSync(path.join(root, page), "utf8")));

  it("are found with their line, what is given, and why they are not checked", () => {
    const page =
      "# A\n\n<!-- Given: declare const a: number; -->\n```ts\na;\n```\n<!-- Not checked: old -->\n\n```js\nb\n```\n```sh\nc\n```\n";
    assert.deepEqual(blocksOf("a.md", page), [
      { at: "a.md:4", language: "ts", given: "declare const a: number;", unchecked: undefined, text: "a;\n" },
      { at: "a.md:9", language: "js", given: "", unchecked: "old", text: "b\n" },
    ]);
    assert.ok(all.length >= 15, `only ${all.length} blocks`);
  });

  it("compile against the packages", async () => {
    await ensureBuilt();
    for (const { at, unchecked } of all)
      if (unchecked !== undefined) console.log(`      not checked: ${at}: ${unchecked}`);
    const blocks = [
      ...all.filter(({ unchecked }) => unchecked === undefined),
      ...blocksOf("wrong.md", WRONG),
    ];
    const found = await compile(blocks);
    assert.deepEqual(
      found.filter((line) => !line.startsWith("wrong.md")),
      [],
      "put what a block leaves out into a comment above it: <!-- Given: … -->",
    );
    assert.match(found.find((line) => line.startsWith("wrong.md")) ?? "", /^wrong\.md:3: error TS2353/);
  });
});
