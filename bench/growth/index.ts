/**
 * `npm run growth [-- act …] [--workers 2,4,8] [--quick] [--json FILE]`: what an act costs Redis and the workers, with more and more workers
 * and as many users. By counted operations, messages and bytes, and by seconds of CPU, so that other work on the machine changes little.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { buildForBench } from "../support/build.ts";
import { runFrom } from "../support/processes.ts";
import { ACTS } from "./acts.ts";
import { type GrowthRow, measureGrowth } from "./measure.ts";
import { growthTable } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: "string", default: "2,4,8" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const sizes = values.workers.split(",").map(Number);
const unknown = positionals.filter((name) => !ACTS.some((act) => act.name === name));
if (unknown.length > 0 || !sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 32)) {
  const lines = ACTS.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`);
  console.error(
    `usage: npm run growth -- [act …] [--workers 2,4,8] [--quick] [--json FILE]\nacts:\n${lines.join("\n")}`,
  );
  process.exit(2);
}

const machine = `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`;
const startedAt = new Date().toISOString();
console.log(`${machine}; load average at the start ${loadavg()[0]?.toFixed(2)}`);
const rows: GrowthRow[] = [];
const build = buildForBench();
let code = 0;
try {
  runFrom(build);
  const acts = ACTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const budget = values.quick ? { times: 80, idleMs: 1_500 } : { times: 400, idleMs: 4_000 };
  await measureGrowth(sizes, acts, budget, (row) => {
    rows.push(row);
    console.log(
      `  ${row.workers} workers, ${row.act}: ${row.operations.toFixed(1)} operations, ${row.outBytes.toFixed(0)} bytes from Redis, ${row.workerMicros.toFixed(0)} µs`,
    );
  });
} catch (err) {
  console.error(err instanceof Error ? err.message : String(err));
  code = 1;
} finally {
  build.remove();
}
console.log(
  `\n${growthTable(rows)}\n\n${startedAt}, ${machine}; load average at the end ${loadavg()[0]?.toFixed(2)}`,
);
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ startedAt, machine, loadAverage: loadavg(), rows }, null, 2)}\n`,
  );
process.exit(code);
