/** What happened when, in a bounded number of points: where a run is long, each stands for more seconds. */
import { Histogram, type HistogramData } from "../engine/histogram.ts";

interface ActionPoint {
  /** Succeeded, per second. */
  readonly rate: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface SeriesPoint {
  /** Seconds since the beginning. */
  readonly t: number;
  readonly users: number;
  readonly actions: Readonly<Record<string, ActionPoint>>;
}

export interface SecondOfProcess {
  /** Tells its users apart from others'. */
  readonly process: number;
  readonly users: number;
  readonly actions: Iterable<{
    readonly name: string;
    readonly failed: number;
    readonly times: HistogramData;
  }>;
}

interface OpenPoint {
  readonly actions: Map<string, { readonly times: Histogram; failed: number }>;
  readonly users: Map<number, number>;
}
type Sums = Omit<ActionPoint, "rate"> & { readonly done: number };
interface ClosedPoint {
  readonly users: number;
  readonly actions: ReadonlyMap<string, Sums>;
}

/** Half an hour in seconds; from then on points are merged. */
const MOST_POINTS = 1_800;
/** Processes tell of a second within the next few. */
const OPEN_POINTS = 4;

export class Series {
  /** By the number of the point; its time is that many times `#everyS`. */
  readonly #open = new Map<number, OpenPoint>();
  #closed = new Map<number, ClosedPoint>();
  #everyS = 1;
  #newest = 0;

  add(second: number, { process, users, actions }: SecondOfProcess): void {
    const at = Math.floor(second / this.#everyS);
    this.#newest = Math.max(this.#newest, at);
    const open = this.#open.get(at) ?? { actions: new Map(), users: new Map() };
    this.#open.set(at, open);
    open.users.set(process, users);
    for (const { name, failed, times } of actions) {
      const cell = open.actions.get(name) ?? { times: new Histogram(), failed: 0 };
      cell.times.merge(times);
      cell.failed += failed;
      open.actions.set(name, cell);
    }
    this.#close(this.#newest - OPEN_POINTS);
  }

  /** All points so far, those that are still open too. */
  points(): readonly SeriesPoint[] {
    this.#close(Number.POSITIVE_INFINITY);
    return [...this.#closed]
      .sort(([a], [b]) => a - b)
      .map(([at, { users, actions }]) => {
        const told = [...actions].map(([name, { done, ...others }]) => [
          name,
          { rate: done / this.#everyS, ...others },
        ]);
        return { t: at * this.#everyS, users, actions: Object.fromEntries(told) };
      });
  }

  #close(upTo: number): void {
    for (const [at, open] of this.#open) {
      if (at > upTo) continue;
      this.#open.delete(at);
      put(this.#closed, at, pointOf(open));
    }
    if (this.#closed.size <= MOST_POINTS) return;
    for (const open of this.#open.values()) put(this.#closed, this.#newest, pointOf(open));
    this.#open.clear();
    const halved = new Map<number, ClosedPoint>();
    for (const [at, point] of this.#closed) put(halved, Math.floor(at / 2), point);
    this.#closed = halved;
    this.#everyS *= 2;
    this.#newest = Math.floor(this.#newest / 2);
  }
}

/** A point that is there already becomes both: percentiles are the higher of the two. */
function put(points: Map<number, ClosedPoint>, at: number, point: ClosedPoint): void {
  const known = points.get(at);
  if (known === undefined) {
    points.set(at, point);
    return;
  }
  const actions = new Map(known.actions);
  for (const [name, sums] of point.actions) {
    const other = actions.get(name);
    actions.set(
      name,
      other === undefined
        ? sums
        : {
            ...{ done: sums.done + other.done, failed: sums.failed + other.failed },
            p50: Math.max(sums.p50, other.p50),
            p95: Math.max(sums.p95, other.p95),
            p99: Math.max(sums.p99, other.p99),
          },
    );
  }
  points.set(at, { users: Math.max(known.users, point.users), actions });
}

function pointOf({ actions, users }: OpenPoint): ClosedPoint {
  const sums = [...actions].map(([name, { times, failed }]) => {
    const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((share) => round(times.percentile(share)));
    return [name, { done: times.count, failed, p50, p95, p99 }] as const;
  });
  return { users: [...users.values()].reduce((sum, own) => sum + own, 0), actions: new Map(sums) };
}

const round = (ms: number) => Math.round(ms * 1_000) / 1_000;
