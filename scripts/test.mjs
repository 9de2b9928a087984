/**
 * `npm test`: builds, then runs each suite with a time budget of its own. `npm test -- namespaces e2e` runs some of them;
 * `npx mocha test/namespaces/game.test.ts` one file.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Budgets in seconds. Suites run three at a time, because a suite waits for disks and clocks for half of its time on a machine with two cores.
 * Those that stop and kill things (`alone`) run by themselves after the others. The budgets leave room for a machine that is busy with
 * other things.
 */
const suites = [
  { name: "half-done", files: "test/namespaces/half-done/**/*.test.ts", budget: 1_200 },
  {
    name: "namespaces",
    files: "test/namespaces/**/*.test.ts",
    ignore: "test/namespaces/half-done/**/*",
    budget: 1_200,
  },
  { name: "server", files: "test/server/{,console/}*.test.ts", budget: 1_200 },
  { name: "stores", files: "test/server/store/**/*.test.ts", budget: 720 },
  { name: "conformance", files: "test/conformance/**/*.test.ts", budget: 540 },
  { name: "project", files: "test/project/**/*.test.ts", budget: 720 },
  { name: "rules", files: "test/{core,games,middleware}/**/*.test.ts", budget: 540 },
  { name: "client", files: "test/client/**/*.test.ts", budget: 540 },
  { name: "load", files: "test/load/**/*.test.ts", budget: 540 },
  { name: "seeds", files: "test/seeds/**/*.test.ts", budget: 540 },
  { name: "e2e", files: "test/e2e/**/*.test.ts", budget: 900, alone: true },
  { name: "faults", files: "test/faults/**/*.test.ts", budget: 900, alone: true },
];
const AT_A_TIME = 3;
/**
 * Files of tests that may fail beside other suites and pass alone. They are run once more by themselves at the end: what fails again is
 * broken, what passes is told as unsteady, with its error, and is a bug to be found (docs/decisions/0026). More than these: all are broken.
 */
const MOST_UNSTEADY = 3;
const MOST_ALONE_S = 240;
/** A suite that runs beside another is shown when it has ended; until then, how far it is. */
const PROGRESS_MS = 15_000;
const LAST_LINES = 30;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(", ")}; there are ${suites.map((suite) => suite.name).join(", ")}`);
  process.exit(2);
}

const SIGNS = { "**/": "(?:.*/)?", "*": "[^/]*", "{": "(?:", "}": ")", ",": "|", ".": "\\." };
const regExpOf = (glob) => new RegExp(`^${glob.replace(/\*\*\/|[*{},.]/g, (sign) => SIGNS[sign])}$`);
/** Which files of tests a suite runs, by their paths from the root. */
const takes = ({ files, ignore }) => {
  const [wanted, left] = [files, ignore ?? "none"].map(regExpOf);
  return (file) => wanted.test(file) && !left.test(file);
};

/** A test file that no suite runs would pass unseen. */
function checkThatAllAreRun() {
  const all = readdirSync(path.join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => path.posix.join("test", ...name.split(path.sep)));
  const run = suites.map(takes);
  const wrong = all.find((file) => run.filter((takesIt) => takesIt(file)).length !== 1);
  if (wrong !== undefined) {
    console.error(`${wrong} is in no suite, or in two: see the suites in scripts/test.mjs`);
    process.exit(1);
  }
}

const passing = (output) => output.match(/✔/g)?.length ?? 0;

/** What mocha tells of failed tests at its end: their titles, errors and stacks. A suite that was ended has no such part: its last lines. */
function failures(output) {
  const at = output.search(/^\s+\d+ failing/m);
  return at < 0 ? output.trimEnd().split("\n").slice(-LAST_LINES).join("\n") : output.slice(at).trimEnd();
}

const notes = mkdtempSync(path.join(tmpdir(), "muster-test-"));
process.on("exit", () => rmSync(notes, { recursive: true, force: true }));

/** The files in which a test or a hook failed, as scripts/reporter.cjs has written them; undefined where a suite ended before. */
function failedFiles(note) {
  try {
    return JSON.parse(readFileSync(note, "utf8"));
  } catch {
    return undefined;
  }
}

function run({ name, files, ignore, budget }) {
  return new Promise((resolve) => {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1_000;
    console.log(`-- ${name}: started (at most ${budget} s)`);
    const mocha = path.join(root, "node_modules", "mocha", "bin", "mocha.js");
    const reporter = ["--reporter", path.join(root, "scripts", "reporter.cjs")];
    const note = path.join(notes, `${name.replace(/\W/g, "-")}.json`);
    const words = [mocha, "--exit", ...reporter, ...(ignore ? ["--ignore", ignore] : []), files].flat();
    const child = spawn(process.execPath, words, {
      cwd: root,
      env: { ...process.env, FAILED_FILES: note },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    const progress = setInterval(
      () => console.log(`-- ${name}: ${passing(output)} passed after ${seconds().toFixed(0)} s`),
      PROGRESS_MS,
    );
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      // The whole group: mocha, and the servers its tests have started.
      process.kill(-child.pid, "SIGKILL");
    }, budget * 1_000);
    child.on("close", (code) => {
      clearTimeout(timer);
      clearInterval(progress);
      console.log(`\n== ${name} ==${output}`);
      const count = (word) => Number(output.match(new RegExp(`^\\s+(\\d+) ${word}`, "m"))?.[1] ?? 0);
      resolve({
        name,
        budget,
        late,
        ok: code === 0 && !late && count("passing") > 0,
        failedFiles: late ? undefined : failedFiles(note),
        output,
        passed: count("passing"),
        failed: count("failing"),
        pending: count("pending"),
        seconds: seconds(),
      });
    });
  });
}

async function runAll(chosen) {
  const results = [];
  const together = chosen.filter((suite) => !suite.alone);
  const worker = async () => {
    for (let suite = together.shift(); suite; suite = together.shift()) results.push(await run(suite));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  for (const suite of chosen) if (suite.alone) results.push(await run(suite));
  return results;
}

checkThatAllAreRun();
const built = spawnSync(process.execPath, [path.join(root, "scripts/build.mjs"), "--quiet"], {
  stdio: "inherit",
});
if (built.status !== 0) process.exit(1);

const began = performance.now();
const results = await runAll(suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name)));

/** Runs what failed beside other suites once more, alone, and takes what passes out of what failed. @returns the unsteady files */
async function lookAgain(bad) {
  const files = bad.flatMap((result) => result.failedFiles ?? []);
  if (bad.some((result) => !result.failedFiles?.length) || files.length > MOST_UNSTEADY) return [];
  const again = await run({ name: "once more, alone", files, budget: MOST_ALONE_S });
  if (!again.ok) return [];
  for (const result of bad) {
    const { passed, failed } = result;
    Object.assign(result, { ok: true, unsteady: failed, passed: passed + failed, failed: 0 });
  }
  return files;
}
const unsteady = await lookAgain(results.filter(({ ok }) => !ok));

// Again at the end, because a suite's own place may be thousands of lines above, and a log's end is what is kept.
for (const { name, output } of results.filter(({ ok, unsteady }) => !ok || unsteady))
  console.log(`\n== ${name}: what failed ==\n${failures(output)}`);

console.log("\nsuite         passed failed pending seconds budget");
for (const r of results) {
  const what = r.late ? "  TOO LATE" : r.unsteady ? "  UNSTEADY" : r.ok ? "" : "  FAILED";
  console.log(
    `${r.name.padEnd(13)} ${String(r.passed).padStart(6)} ${String(r.failed).padStart(6)} ${String(r.pending).padStart(7)} ${r.seconds.toFixed(1).padStart(7)} ${String(r.budget).padStart(6)}${what}`,
  );
}
const sum = (field) => results.reduce((total, r) => total + r[field], 0);
const bad = results.filter((r) => !r.ok);
if (unsteady.length > 0)
  console.log(
    `\nunsteady, failed beside other suites and passed alone: ${unsteady.map((file) => path.relative(root, file)).join(", ")}`,
  );
console.log(`\n${((performance.now() - began) / 1_000).toFixed(0)} s in all`);
console.log(
  `${sum("passed")} passed, ${sum("failed") + bad.filter((r) => r.failed === 0).length} failed, ${sum("pending")} skipped`,
);
process.exit(bad.length === 0 ? 0 : 1);
