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
  load: 3,
  server: 4,
  testing: 5,
  test: 5,
  bench: 5,
  faults: 5,
  examples: 5,
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

const MAX_FILES = 15;
const MAX_LINES = 320;
/** Folders whose files the tree is made of; tests and benchmarks may be longer. */
const SOURCES = ["core", "games", "middleware", "namespaces", "server", "client", "load", "testing"];
/** Parts that never meet, so that each may have a word of its own for the same idea. What they share counts with each of them. */
const APART = /^(namespaces\/[^/]+|client)\//;

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

/** Runs in browsers too. */
const isShared = (file: string) => file.startsWith(path.join("core", "realtime", path.sep));
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

  it("the client needs nothing at run time but socket.io-client and what real-time games share with it", () => {
    const wrong = all.filter(
      ({ from, specifier, target, typeOnly }) =>
        top(from) === "client" &&
        !typeOnly &&
        specifier !== "socket.io-client" &&
        (target === undefined || (top(target) !== "client" && !isShared(target))),
    );
    assert.deepEqual(
      wrong.map(({ from, specifier }) => `${from} imports ${specifier}`),
      [],
    );
  });

  it("what real-time games share with the client imports nothing else at run time", () => {
    const shared = all.filter(({ from, typeOnly }) => isShared(from) && !typeOnly);
    assert.ok(shared.length > 0);
    assert.deepEqual(
      shared.filter(({ target }) => target === undefined || !isShared(target)),
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

  it("no source folder has too many files, and no source file too many lines", () => {
    const files = SOURCES.flatMap(sourcesOf);
    const perFolder = groupBy(files, (file) => path.dirname(file));
    const full = [...perFolder].filter(([, own]) => own.length > MAX_FILES).map(([folder]) => folder);
    const linesOf = (file: string) => readFileSync(path.join(root, file), "utf8").split("\n").length - 1;
    const long = files.filter((file) => linesOf(file) > MAX_LINES);
    assert.deepEqual({ full, long }, { full: [], long: [] });
  });

  it("no files import each other in a circle at run time", () => {
    const targets = new Map(SOURCES.flatMap(sourcesOf).map((file) => [file, [] as string[]]));
    for (const { from, target, typeOnly } of all)
      if (target !== undefined && !typeOnly && targets.has(target)) targets.get(from)?.push(target);
    assert.deepEqual(circlesIn(targets), []);
  });

  it("finds circles", () => {
    const edges = { a: ["b"], b: ["c", "d"], c: ["a"], d: ["e"], e: ["d"], f: ["a"] };
    const found = circlesIn(new Map(Object.entries(edges))).map((circle) => circle.sort().join(""));
    assert.deepEqual(found.sort(), ["abc", "de"]);
  });

  it("a type that is exported has a name of its own", () => {
    const files = new Map<string, Set<string>>();
    for (const file of SOURCES.flatMap(sourcesOf))
      for (const [, name = ""] of readFileSync(path.join(root, file), "utf8").matchAll(
        /^export (?:abstract )?(?:interface|type|class) (\w+)/gm,
      ))
        files.set(name, (files.get(name) ?? new Set()).add(file));
    const partOf = (file: string) => APART.exec(file)?.[0];
    const twice = [...files].flatMap(([name, own]) => {
      const parts = groupBy(own, partOf);
      const shared = parts.get(undefined)?.length ?? 0;
      // The client has only types of its own: it shares nothing with the server at run time.
      const most = Math.max(
        0,
        ...[...parts].map(
          ([part, some]) => some.length + (part === undefined || part === "client/" ? 0 : shared),
        ),
      );
      return most > 1 ? [`${name}: ${[...own].join(", ")}`] : [];
    });
    assert.deepEqual(twice, []);
  });
});

function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Tarjan's algorithm: groups of files in which each leads to each other. */
function circlesIn(targets: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const lowestOf = (file: string) => lowest.get(file) ?? Number.POSITIVE_INFINITY;

  function visit(file: string): void {
    const own = index.size;
    index.set(file, own);
    lowest.set(file, own);
    stack.push(file);
    for (const target of targets.get(file) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(file, Math.min(lowestOf(file), lowestOf(target)));
    }
    if (lowestOf(file) !== own) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle);
  }

  for (const file of targets.keys()) if (!index.has(file)) visit(file);
  return circles;
}
