/** The growth table: each figure of an act beside itself with more workers. */
import { aligned, shown } from "../support/report.ts";
import type { Cost, GrowthRow } from "./measure.ts";

const MEASURED: readonly { readonly name: keyof Cost; readonly label: string; readonly least: number }[] = [
  { name: "operations", label: "Redis operations", least: 0.5 },
  { name: "published", label: "published messages", least: 0.2 },
  { name: "inBytes", label: "bytes to Redis", least: 50 },
  { name: "outBytes", label: "bytes from Redis", least: 50 },
  { name: "redisMicros", label: "µs of Redis", least: 5 },
  { name: "workerMicros", label: "µs of all workers", least: 10 },
  { name: "clientBytes", label: "bytes to clients", least: 50 },
  { name: "apartMicros", label: "µs of each worker apart", least: 1 },
];

/** Lines with the figure for each number of workers, and the factor from the least to the most. */
export function growthTable(rows: readonly GrowthRow[]): string {
  const sizes = [...new Set(rows.map(({ workers }) => workers))].sort((a, b) => a - b);
  const acts = [...new Set(rows.map(({ act }) => act))];
  const cells = acts.flatMap((act) => {
    const own = sizes.map((size) => rows.find((row) => row.act === act && row.workers === size));
    return MEASURED.flatMap(({ name, label, least }) => {
      const values = own.map((row) => row?.[name] ?? Number.NaN);
      if (values.every((value) => !(value >= least))) return [];
      const unit = own.find((row) => row !== undefined)?.unit ?? "";
      return [[`${act}, per ${unit}`, label, ...values.map(figure), factor(values, least)]];
    });
  });
  return aligned(["act", "measured", ...sizes.map((size) => `${size} workers`), "×"], cells);
}

/** What is below what can be measured is a dash. */
const figure = (value: number) => (Number.isNaN(value) ? "–" : shown(Math.max(0, value)));

function factor(values: readonly number[], least: number): string {
  const [from, to] = [values[0] ?? Number.NaN, values.at(-1) ?? Number.NaN];
  return from >= least && values.length > 1 && !Number.isNaN(to) ? (to / from).toFixed(1) : "–";
}
