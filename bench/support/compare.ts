/** Two runs of the benchmark, row by row: what a change has given or cost. */
import { readFileSync } from "node:fs";
import { aligned, BUSY_CLIENT, type Row, shown } from "./report.ts";

/** What `--json` writes. */
export interface BenchResult {
  readonly startedAt: string;
  readonly machine: string;
  readonly rows: readonly Row[];
}

/** @throws Error where the file is none of `--json` */
export function readResult(file: string): BenchResult {
  const read: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof read !== "object" || read === null || !("rows" in read) || !Array.isArray(read.rows))
    throw new Error(`${file} is not what \`npm run bench -- --json\` writes`);
  return read as BenchResult;
}

const keyOf = ({ part, what, unit }: Row): string => `${part}\n${what}\n${unit}`;
const quotient = (from: number | undefined, to: number | undefined): string =>
  from === undefined || to === undefined || from === 0 ? "" : (to / from).toFixed(2);

/**
 * The rows of both, then those that only one has. `ratio` is the change of the ratio to the bare library where there is one: it says more
 * than the figures, which go with what else the machine did.
 */
export function comparison(from: BenchResult, to: BenchResult): string {
  const before = new Map(from.rows.map((row) => [keyOf(row), row]));
  const after = new Map(to.rows.map((row) => [keyOf(row), row]));
  const lines = [...new Set([...after.keys(), ...before.keys()])].map((key) => {
    const [a, b] = [before.get(key), after.get(key)];
    const row = b ?? a;
    const clients = [a, b].filter((one) => (one?.client ?? 0) > BUSY_CLIENT).length;
    return [
      row?.part ?? "",
      row?.what ?? "",
      row?.unit ?? "",
      a ? shown(a.muster) : "–",
      b ? shown(b.muster) : "–",
      quotient(a?.muster, b?.muster),
      quotient(a?.ratio, b?.ratio),
      clients > 0 ? "CLIENT TOO BUSY" : "",
    ];
  });
  const heads = ["part", "measured", "unit", "A", "B", "B/A", "ratio B/A", "note"];
  const notes = [from, to].map((run, at) => `${"AB"[at]}: ${run.startedAt}, ${run.machine}`);
  if (from.machine !== to.machine) notes.push("Two machines or versions of Node: compare the ratios only.");
  return `${aligned(heads, lines)}\n\n${notes.join("\n")}`;
}
