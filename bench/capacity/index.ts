/**
 * `npm run capacity -- --users 100000 …`: what to buy for a load, from what one of everything costs. Alone it writes docs/capacity.md anew.
 * `--measure` measures the costs first, in about ten minutes; `--check` predicts a run, makes it, and keeps both.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { buildForBench } from "../support/build.ts";
import { runFrom } from "../support/processes.ts";
import { aligned } from "../support/report.ts";
import { checkPrediction } from "./check.ts";
import { FIELDS, LoadError, loadOf } from "./load.ts";
import { measureUnitCosts } from "./measure.ts";
import { planOf } from "./model.ts";
import { capacityPage } from "./page.ts";
import { planLines } from "./show.ts";
import { readUnitCosts, writeUnitCosts } from "./unit-costs.ts";

const PAGE = path.resolve(import.meta.dirname, "../../docs/capacity.md");
const FULL = {
  rounds: 4,
  budget: { times: 200, idleMs: 1_500 },
  connections: 1_000,
  players: [40, 160],
  share: 0.05,
} as const;
const QUICK = {
  ...FULL,
  rounds: 3,
  budget: { times: 100, idleMs: 1_000 },
  connections: 400,
  players: [40, 120],
  share: 0.01,
} as const;

function usage(): string {
  const lines = Object.values(FIELDS).map(
    ({ option, help, standard }) => `  --${option.padEnd(18)}${help} (${standard})`,
  );
  return `usage: npm run capacity -- [--users N …] | --measure [--quick] | --check\n${lines.join("\n")}`;
}

/** Measures from a build, as users run the server. */
async function built<R>(work: () => Promise<R>): Promise<R> {
  const build = buildForBench();
  try {
    runFrom(build);
    return await work();
  } finally {
    build.remove();
  }
}

async function run(words: readonly string[]): Promise<void> {
  const told = (line: string) => console.log(`  ${line}`);
  if (words.includes("--help")) return console.log(usage());
  if (words[0] === "--measure") {
    const options = words[1] === "--quick" ? QUICK : FULL;
    writeUnitCosts(await built(() => measureUnitCosts({ ...options, told })));
  } else if (words[0] === "--check") {
    const costs = readUnitCosts();
    writeUnitCosts({ ...costs, check: await built(() => checkPrediction(costs, told)) });
  } else if (words.length > 0) {
    const plan = planOf(loadOf(words), readUnitCosts());
    return console.log(aligned(["", ""], planLines(plan)));
  }
  writeFileSync(PAGE, capacityPage(readUnitCosts()));
  console.log("wrote docs/capacity.md");
}

try {
  await run(process.argv.slice(2));
  process.exit(0);
} catch (err) {
  console.error(err instanceof LoadError ? err.message : err);
  process.exit(err instanceof LoadError ? 2 : 1);
}
