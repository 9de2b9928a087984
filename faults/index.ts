/**
 * `npm run faults`: breaks real processes and a real Redis while clients work, and says of every command what became of it.
 * `--seed 7` gives a history again, `--rows 1,3` some of it, `--seconds 600` longer ones, `--quick` the short form. `--rows abuse` is
 * what one client can do to the others (rows 19 to 42), `--rows realtime` what becomes of real-time rooms, `--frames 1000000` how much of it the fuzzer sends.
 */
import { parseArgs } from "node:util";
import type { Row } from "./row.ts";
import { ALL_ROWS } from "./rows/index.ts";
import { runRows } from "./run.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    rows: { type: "string" },
    seconds: { type: "string" },
    frames: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});

function wholeNumber(name: "seed" | "seconds" | "frames"): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  console.error(`--${name} takes a whole number, not ${given}`);
  process.exit(2);
}

/** Rows of this group's part of the list. */
const isAbuse = ({ id, group }: Row) => group === "abuse" || (Number(id) >= 19 && Number(id) <= 42);
const GROUPS: ReadonlyMap<string, (row: Row) => boolean> = new Map([
  ["abuse", isAbuse],
  ["realtime", ({ group }: Row) => group === "realtime"],
]);
const wanted = values.rows?.split(",").flatMap((id) => {
  const isIn = GROUPS.get(id);
  return isIn === undefined ? [id] : ALL_ROWS.filter(isIn).map((row) => row.id);
});
const unknown = wanted?.filter((id) => !ALL_ROWS.some((row) => row.id === id));
if (unknown?.length) {
  console.error(`no row ${unknown.join(", ")}; there are ${ALL_ROWS.map((row) => row.id).join(", ")}`);
  process.exit(2);
}
const { ok } = await runRows({
  rows: ALL_ROWS.filter((row) => wanted?.includes(row.id) ?? (!row.onRequest && !row.group)),
  seed: wholeNumber("seed") ?? Math.floor(Math.random() * 1e9),
  seconds: wholeNumber("seconds"),
  frames: wholeNumber("frames"),
  quick: values.quick,
  print: (line) => console.log(line),
});
process.exit(ok ? 0 : 1);
