/** The lab's inside: alone in its namespaces, process 1 of them. `index.ts` starts it. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { runRows } from "../run.ts";
import { openNetwork } from "./network.ts";
import { labRows } from "./rows/index.ts";
import { BALANCER, DATA_HOSTS, HOSTS } from "./stage.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    rows: { type: "string" },
    json: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
// Process 1 has no default for signals.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
if (!Number.isSafeInteger(seed) || seed < 0) {
  console.error(`--seed takes a whole number, not ${values.seed}`);
  process.exit(2);
}
const network = await openNetwork([...HOSTS, ...DATA_HOSTS, BALANCER]);
const all = labRows(network);
const wanted = values.rows?.split(",");
const unknown = wanted?.filter((id) => !all.some((row) => row.id === id)) ?? [];
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there are ${all.map(({ id }) => id).join(", ")}`);
  process.exit(2);
}
const rows = all.filter(({ id, onRequest }) => wanted?.includes(id) ?? !onRequest);
const { ok, reports } = await runRows({
  rows,
  seed,
  seconds: undefined,
  quick: values.quick,
  print: (line) => console.log(line),
});
if (values.json !== undefined) {
  const results = rows.map(({ id, tried, mustHold }) => ({
    row: id,
    fault: tried,
    goal: mustHold,
    ...reports.get(id),
  }));
  await writeFile(
    values.json,
    `${JSON.stringify({ seed, quick: values.quick, ok, results }, undefined, 2)}\n`,
  );
}
process.exit(ok ? 0 : 1);
