/**
 * `npm test`: builds, then runs each suite with a time budget of its own. `npm test -- namespaces e2e` runs some of them;
 * `npx mocha test/namespaces/game.test.ts` one file.
 */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** In seconds; ten minutes in all on two cores. */
const suites = [
  { name: "project", files: "test/project/**/*.test.ts", budget: 60 },
  { name: "rules", files: "test/{core,games,middleware}/**/*.test.ts", budget: 45 },
  { name: "conformance", files: "test/conformance/**/*.test.ts", budget: 60 },
  { name: "client", files: "test/client/**/*.test.ts", budget: 30 },
  { name: "server", files: "test/server/**/*.test.ts", budget: 110 },
  { name: "namespaces", files: "test/namespaces/**/*.test.ts", budget: 120 },
  { name: "seeds", files: "test/seeds/**/*.test.ts", budget: 90 },
  { name: "e2e", files: "test/e2e/**/*.test.ts", budget: 200 },
  { name: "faults", files: "test/faults/**/*.test.ts", budget: 120 },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(", ")}; there are ${suites.map((suite) => suite.name).join(", ")}`);
  process.exit(2);
}

/** A test file that no suite runs would pass unseen. */
function checkThatAllAreRun() {
  const covered = new Set([
    "project",
    "core",
    "games",
    "middleware",
    "conformance",
    "client",
    "faults",
    "server",
    "namespaces",
    "seeds",
    "e2e",
    "support",
    "types",
  ]);
  const stray = readdirSync(path.join(root, "test")).filter((name) => !covered.has(name));
  if (stray.length > 0) {
    console.error(`test/${stray[0]} is in no suite: add it in scripts/test.mjs`);
    process.exit(1);
  }
}

function run({ name, files, budget }) {
  return new Promise((resolve) => {
    const started = performance.now();
    console.log(`\n== ${name} (at most ${budget} s) ==`);
    const mocha = path.join(root, "node_modules", "mocha", "bin", "mocha.js");
    const child = spawn(process.execPath, [mocha, "--exit", files], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      // The whole group: mocha, and the servers its tests have started.
      process.kill(-child.pid, "SIGKILL");
    }, budget * 1_000);
    child.on("close", (code) => {
      clearTimeout(timer);
      const count = (word) => Number(output.match(new RegExp(`^\\s+(\\d+) ${word}`, "m"))?.[1] ?? 0);
      resolve({
        name,
        budget,
        late,
        ok: code === 0 && !late && count("passing") > 0,
        passed: count("passing"),
        failed: count("failing"),
        pending: count("pending"),
        seconds: (performance.now() - started) / 1_000,
      });
    });
  });
}

checkThatAllAreRun();
const built = spawnSync(process.execPath, [path.join(root, "scripts/build.mjs"), "--quiet"], {
  stdio: "inherit",
});
if (built.status !== 0) process.exit(1);

const results = [];
for (const suite of suites)
  if (wanted.length === 0 || wanted.includes(suite.name)) results.push(await run(suite));

console.log("\nsuite         passed failed pending seconds budget");
for (const r of results) {
  const what = r.late ? "  TOO LATE" : r.ok ? "" : "  FAILED";
  console.log(
    `${r.name.padEnd(13)} ${String(r.passed).padStart(6)} ${String(r.failed).padStart(6)} ${String(r.pending).padStart(7)} ${r.seconds.toFixed(1).padStart(7)} ${String(r.budget).padStart(6)}${what}`,
  );
}
const sum = (field) => results.reduce((total, r) => total + r[field], 0);
const bad = results.filter((r) => !r.ok);
console.log(
  `\n${sum("passed")} passed, ${sum("failed") + bad.filter((r) => r.failed === 0).length} failed, ${sum("pending")} skipped`,
);
process.exit(bad.length === 0 ? 0 : 1);
