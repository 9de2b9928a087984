import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** The floors, lowest first; a file imports from its own floor or from below. */
const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  games: 0,
  proto: 0,
  middleware: 1,
  namespaces: 2,
  server: 3,
  test: 4,
  bench: 4,
  faults: 4,
  examples: 4,
};
/** What only sees the contracts, beside the house: types of the namespaces' contracts and core. */
const CLIENTS = ["client", "web"];
/** Packages that do I/O, and where they belong. */
const IO =
  /^(node:(fs|net|http|https|child_process|dgram|tls|cluster)(\/.*)?|socket\.io.*|express|redis|lmdb|ws|pino)$/;

function sourcesOf(folder: string): string[] {
  const absolute = path.join(root, folder);
  if (!statSync(absolute, { throwIfNoEntry: false })) return [];
  return readdirSync(absolute, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.join(folder, name));
}

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly target: string | undefined;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const found = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^;'"]*?\sfrom\s+)?["']([^"']+)["']/gm);
  const dynamic = text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g);
  const entry = (specifier: string, typeOnly: boolean): Import => ({
    from: file,
    specifier,
    target: specifier.startsWith(".") ? path.join(path.dirname(file), specifier) : undefined,
    typeOnly,
  });
  return [
    ...[...found].map((m) => entry(m[2] ?? "", m[1] !== undefined)),
    ...[...dynamic].map((m) => entry(m[1] ?? "", false)),
  ];
}

const top = (file: string) => file.split(path.sep)[0] ?? "";
const all = [...Object.keys(FLOORS), ...CLIENTS].flatMap(sourcesOf).flatMap(importsOf);

describe("the house", () => {
  it("has sources on every floor", () => {
    for (const floor of ["core", "games", "middleware", "namespaces", "server", "test"])
      assert.ok(sourcesOf(floor).length > 0, floor);
    assert.ok(all.length > 300, `only ${all.length} imports were found`);
  });

  it("imports point down", () => {
    const up = all.filter(({ from, target }) => {
      const own = FLOORS[top(from)];
      const other = target === undefined ? undefined : FLOORS[top(target)];
      return own !== undefined && other !== undefined && other > own;
    });
    assert.deepEqual(
      up.map(({ from, specifier }) => `${from} imports ${specifier}`),
      [],
    );
  });

  it("core imports nothing else of ours, and games only core", () => {
    const wrong = all.filter(({ from, target }) => {
      if (target === undefined) return false;
      if (top(from) === "core") return top(target) !== "core";
      if (top(from) === "games") return top(target) !== "core" && top(target) !== "games";
      return false;
    });
    assert.deepEqual(
      wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
      [],
    );
  });

  it("no namespace imports another, save types from its schema.ts", () => {
    const wrong = all.filter(({ from, target, typeOnly }) => {
      if (top(from) !== "namespaces" || target === undefined || top(target) !== "namespaces") return false;
      const [, own] = from.split(path.sep);
      const [, other, file] = target.split(path.sep);
      return own !== other && !(typeOnly && file === "schema.ts");
    });
    assert.deepEqual(
      wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
      [],
    );
  });

  it("core, games and namespaces do no I/O of their own", () => {
    const wrong = all.filter(
      ({ from, specifier }) =>
        ["core", "games", "middleware", "namespaces"].includes(top(from)) && IO.test(specifier),
    );
    assert.deepEqual(
      wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
      [],
    );
  });

  it("the client needs nothing at run time but socket.io-client", () => {
    const wrong = all.filter(
      ({ from, specifier, target, typeOnly }) =>
        top(from) === "client" &&
        !typeOnly &&
        specifier !== "socket.io-client" &&
        (target === undefined || top(target) !== "client"),
    );
    assert.deepEqual(
      wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
      [],
    );
  });

  it("every namespace has the same inner shape", () => {
    for (const name of readdirSync(path.join(root, "namespaces")))
      for (const file of ["schema.ts", "handlers.ts", "index.ts"])
        assert.ok(
          statSync(path.join(root, "namespaces", name, file), { throwIfNoEntry: false }),
          `namespaces/${name}/${file} is missing`,
        );
  });
});
