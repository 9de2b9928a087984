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
  /** The load process' own share of a core. */
  readonly client?: number;
  /** Of a row in a series: where it stands on the line of its plot, and what grows along it. */
  readonly growth?: { readonly of: string; readonly at: number; readonly line: string };
}

/** Above it the load may have been too slow for the server. */
export const BUSY_CLIENT = 0.8;

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

const HEADINGS = ["part", "measured", "bare", "muster", "unit", "ratio", "client", "note"] as const;

const shownClient = (share: number): string => `${share.toFixed(2)}${share > BUSY_CLIENT ? " TOO BUSY" : ""}`;

export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.part,
    row.what,
    row.bare === undefined ? "" : shown(row.bare),
    shown(row.muster),
    row.unit,
    row.ratio === undefined ? "" : row.ratio.toFixed(2),
    row.client === undefined ? "" : shownClient(row.client),
    row.note ?? "",
  ]);
  return aligned(HEADINGS, cells);
}

export function aligned(headings: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const line = (parts: readonly string[]) =>
    `| ${parts.map((part, at) => part.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(headings), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}
