/** Runs rows one after the other and sums them up in a table. */
import { cpus, loadavg } from "node:os";
import { addVerdicts, faultsOf, noCounts, type Verdict } from "./checker.ts";
import { seeded } from "./random.ts";
import type { Row, RowReport } from "./row.ts";

export interface RunOptions {
  readonly rows: readonly Row[];
  readonly seed: number;
  readonly seconds: number | undefined;
  readonly quick: boolean;
  readonly frames?: number | undefined;
  print(line: string): void;
}

export interface RunResult {
  readonly ok: boolean;
  readonly reports: ReadonlyMap<string, RowReport>;
}

const HEADS = ["ok", "lost", "dup", "reord", "false", "unknown", "refused", "gaps"] as const;

const columns = ({ counts, gapsTold }: Verdict) => [
  counts.ok,
  counts.lost,
  counts.duplicated,
  counts.reordered,
  counts.falselyAcknowledged,
  counts.unknown,
  counts.refused,
  gapsTold,
];

const line = (id: string, cells: readonly (string | number)[], rest: string) =>
  `${id.padEnd(9)}${cells.map((cell) => String(cell).padStart(9)).join("")}  ${rest}`;

export async function runRows(options: RunOptions): Promise<RunResult> {
  const { rows, seed, seconds, quick, frames, print } = options;
  print(`seed ${seed}`);
  const left = new Map<Row, string>();
  for (const row of rows) {
    const lacking = row.lacks?.();
    if (lacking === undefined) continue;
    left.set(row, lacking);
    print(`row ${row.id} will not be run: ${lacking}`);
  }
  const reports = new Map<string, RowReport>();
  for (const row of rows) {
    if (left.has(row)) continue;
    print(`\nrow ${row.id}: ${row.title}`);
    const startedAt = performance.now();
    const report = await row
      .run({
        draws: seeded(seed).fork(row.id),
        quick,
        seconds,
        frames,
        progress: (text) => print(`  ${text}`),
      })
      .catch(failed);
    reports.set(row.id, report);
    const took = ((performance.now() - startedAt) / 1_000).toFixed(1);
    print(`  ${isGood(row, report) ? "held" : "NOT HELD"} after ${took} s: ${report.figures}`);
    for (const text of [...report.problems, ...(row.mustFail ? [] : report.verdict.examples)])
      print(`    ${text}`);
  }
  print(`\n${line("row", HEADS, "")}`);
  for (const row of rows) {
    const report = reports.get(row.id);
    const lacking = left.get(row);
    if (lacking !== undefined) print(`${row.id.padEnd(9)}not run · ${row.title}: ${lacking}`);
    if (!report) continue;
    const mark = isGood(row, report) ? (row.mustFail ? "faults found, as they must be" : "held") : "NOT HELD";
    print(line(row.id, columns(report.verdict), `${mark} · ${row.title}`));
  }
  printGroups(options, reports);
  const own = rows.filter((row) => !row.mustFail).flatMap((row) => reports.get(row.id) ?? []);
  print(line("all", columns(addVerdicts(own.map(({ verdict }) => verdict))), "without the control"));
  const ok = rows.every((row) => {
    if (left.has(row)) return true;
    const report = reports.get(row.id);
    return report !== undefined && isGood(row, report);
  });
  if (
    rows.some(
      (row) => row.mustFail && !left.has(row) && !isGood(row, reports.get(row.id) ?? failed("not run")),
    )
  )
    print("the control shows no loss: the checker is blind, and the rest proves nothing");
  return { ok, reports };
}

/** What was tried, what had to hold and what was measured, and how busy the machine was meanwhile. */
function printGroups({ rows, print }: RunOptions, reports: ReadonlyMap<string, RowReport>): void {
  const grouped = rows.filter((row) => row.group !== undefined && reports.has(row.id));
  if (grouped.length === 0) return;
  const measured = grouped.every(({ group }) => group === "abuse")
    ? "p99 of bystanders before / during / after, and the rest"
    : "measured";
  print(`\n| row | tried | must hold | ${measured} | verdict |`);
  print("|---|---|---|---|---|");
  for (const row of grouped) {
    const report = reports.get(row.id);
    if (!report) continue;
    const cells = [row.id, row.tried ?? row.title, row.mustHold ?? "", report.figures];
    print(`| ${[...cells, isGood(row, report) ? "held" : "NOT HELD"].join(" | ")} |`);
  }
  print(
    `\nload average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(", ")} on ${cpus().length} cores\n`,
  );
}

function isGood(row: Row, { verdict, problems }: RowReport): boolean {
  if (row.mustFail) return verdict.counts.lost > 0 && problems.length === 0;
  return faultsOf(verdict) === 0 && problems.length === 0;
}

function failed(err: unknown): RowReport {
  const text = err instanceof Error ? (err.stack ?? err.message) : String(err);
  return {
    verdict: { counts: noCounts(), gapsTold: 0, examples: [] },
    figures: "could not be run to its end",
    problems: [text],
  };
}
