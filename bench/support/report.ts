/** Rows of figures, and how they are shown. */

export interface Row {
  readonly part: string;
  readonly what: string;
  /** Of bare Socket.IO, where it has a counterpart. */
  readonly bare?: number;
  readonly muster: number;
  readonly unit: string;
  /** The median of the rounds' ratios, not the ratio of the medians. */
  readonly ratio?: number;
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

export function shown(value: number): string {
  if (value >= 10_000) return `${(value / 1_000).toFixed(value >= 100_000 ? 0 : 1)}k`;
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

const HEADINGS = ["part", "measured", "bare", "muster", "unit", "ratio", "note"] as const;

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.part,
    row.what,
    row.bare === undefined ? "" : shown(row.bare),
    shown(row.muster),
    row.unit,
    row.ratio === undefined ? "" : row.ratio.toFixed(2),
    row.note ?? "",
  ]);
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const line = (parts: readonly string[]) =>
    `| ${parts.map((part, at) => part.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(HEADINGS), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
