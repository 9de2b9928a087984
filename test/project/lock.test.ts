import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

interface Entry {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), "utf8"));
const packages = (read("package-lock.json") as { packages: Record<string, Entry> }).packages;

/** The oldest versions without the holes that were found in them. */
const FLOORS: Readonly<Record<string, string>> = {
  "socket.io-parser": "4.2.7",
  "engine.io": "6.6.9",
  ws: "8.21.1",
  jws: "4.0.1",
  "body-parser": "2.3.0",
  protobufjs: "8.4.1",
};

function isAtLeast(version: string, floor: string): boolean {
  const [a, b] = [version, floor].map((text) => text.split(".").map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

describe("dependencies", () => {
  it("are pinned to exact versions", () => {
    const { dependencies, devDependencies } = read("package.json") as Record<string, Record<string, string>>;
    // Types of Node follow the oldest Node that is supported.
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, range]) => !/^\d+\.\d+\.\d+$/.test(range),
    );
    assert.deepEqual(loose, []);
  });

  it("have no version with a known hole, wherever they are nested", () => {
    for (const [name, floor] of Object.entries(FLOORS)) {
      const found = Object.entries(packages).filter(
        ([place]) => place === `node_modules/${name}` || place.endsWith(`/node_modules/${name}`),
      );
      assert.ok(found.length > 0, `${name} is not there any more: drop its floor`);
      for (const [place, { version }] of found)
        assert.ok(isAtLeast(version ?? "0", floor), `${place} is ${version}, below ${floor}`);
    }
  });

  it("are named for every platform, so that `npm ci` takes the lock file", () => {
    for (const [place, { optionalDependencies }] of Object.entries(packages))
      for (const name of Object.keys(optionalDependencies ?? {}))
        assert.ok(
          packages[`node_modules/${name}`] ?? packages[`${place}/node_modules/${name}`],
          `${name} of ${place} is missing in the lock file: run \`npm run lock\``,
        );
  });

  it("come from whatever registry is configured: the lock file names no host", () => {
    const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    assert.deepEqual(named, []);
  });
});
