/**
 * Says of each command whether the promise was kept: acknowledged means in the stream once, at the place that was told, and
 * once and in order at everybody who followed it, unless a gap was told. Pure.
 */
import type { Entry, History, Observer, Operation } from "./history.ts";

export type Class =
  | "ok"
  | "lost"
  | "duplicated"
  | "reordered"
  | "falselyAcknowledged"
  | "unknown"
  | "refused";

export interface Verdict {
  readonly counts: Readonly<Record<Class, number>>;
  /** Gaps that observers were told of: honest, but worth knowing. */
  readonly gapsTold: number;
  /** The first few faults in words. */
  readonly examples: readonly string[];
}

const MAX_EXAMPLES = 8;
/** What counts when a command has more than one fault: the first of these. */
const WORST: readonly Class[] = ["falselyAcknowledged", "lost", "duplicated", "reordered"];

export const noCounts = (): Record<Class, number> => ({
  ok: 0,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  falselyAcknowledged: 0,
  unknown: 0,
  refused: 0,
});

export const faultsOf = ({ counts }: Verdict): number => WORST.reduce((sum, name) => sum + counts[name], 0);

export function addVerdicts(verdicts: readonly Verdict[]): Verdict {
  const counts = noCounts();
  for (const verdict of verdicts)
    for (const name of Object.keys(counts) as Class[]) counts[name] += verdict.counts[name];
  return {
    counts,
    gapsTold: verdicts.reduce((sum, verdict) => sum + verdict.gapsTold, 0),
    examples: verdicts.flatMap((verdict) => verdict.examples).slice(0, MAX_EXAMPLES),
  };
}

export function check(history: History): Verdict {
  const found = new Findings();
  const offsets = history.final && offsetsOf(history.final);
  if (offsets) {
    checkAgainstStream(history, offsets, found);
    checkSenders(history.operations, offsets, found);
  }
  const expected = expectedOf(history);
  for (const observer of history.observers)
    checkObserver(observer, expected.get(observer.stream) ?? new Map(), found);
  if (history.dense) for (const observer of history.observers) checkDense(observer, found);
  return found.verdict(history);
}

/** Of each id the places where it stands in its stream. */
type Offsets = ReadonlyMap<string, readonly number[]>;

function offsetsOf(final: ReadonlyMap<string, readonly Entry[]>): Offsets {
  const offsets = new Map<string, number[]>();
  for (const entries of final.values())
    for (const { id, offset } of entries) {
      const known = offsets.get(id);
      if (known) known.push(offset);
      else offsets.set(id, [offset]);
    }
  return offsets;
}

function checkAgainstStream({ operations, trimmed }: History, offsets: Offsets, found: Findings): void {
  for (const { id, stream, outcome } of operations) {
    const at = offsets.get(id) ?? [];
    if (at.length > 1) found.add(id, "duplicated", `stands at ${at.join(", ")}`);
    if (outcome.kind === "fail" && at.length > 0)
      found.add(id, "falselyAcknowledged", `was refused with ${outcome.code}, and is in the stream`);
    if (outcome.kind !== "ok") continue;
    const [only] = at;
    if (only === undefined && outcome.offset !== undefined && outcome.offset <= (trimmed?.get(stream) ?? 0))
      continue;
    if (only === undefined) found.add(id, "lost", "was acknowledged, and is not in the stream");
    else if (outcome.offset !== undefined && !at.includes(outcome.offset))
      found.add(id, "falselyAcknowledged", `was acknowledged at ${outcome.offset}, and stands at ${only}`);
  }
}

/** Who waits for each answer must find its own messages in the order in which it sent them. */
function checkSenders(operations: readonly Operation[], offsets: Offsets, found: Findings): void {
  const last = new Map<string, number>();
  for (const { id, sender, stream, outcome } of operations) {
    const [at] = offsets.get(id) ?? [];
    if (outcome.kind !== "ok" || at === undefined) continue;
    const key = `${sender}\n${stream}`;
    if (at < (last.get(key) ?? 0))
      found.add(id, "reordered", `stands at ${at}, before an earlier one of its sender`);
    last.set(key, Math.max(at, last.get(key) ?? 0));
  }
}

/** What an observer of each stream must have seen; where there is no stream to read, all that was acknowledged. */
function expectedOf(history: History): Map<string, Map<string, number | undefined>> {
  const expected = new Map<string, Map<string, number | undefined>>();
  const put = (stream: string, id: string, offset: number | undefined) => {
    const known = expected.get(stream);
    if (known) known.set(id, offset);
    else expected.set(stream, new Map([[id, offset]]));
  };
  if (history.final)
    for (const [stream, entries] of history.final)
      for (const { id, offset } of entries) put(stream, id, offset);
  else
    for (const { stream, id, outcome } of history.operations)
      if (outcome.kind === "ok") put(stream, id, outcome.offset);
  return expected;
}

function checkObserver(
  observer: Observer,
  expected: ReadonlyMap<string, number | undefined>,
  found: Findings,
): void {
  const { name, seen } = observer;
  const seenIds = new Set<string>();
  let highest = 0;
  /** What a gap may hide ends where the next entry stands. */
  const gaps: { after: number; before: number }[] = [];
  let open: { after: number; before: number } | undefined;
  for (const item of seen) {
    if (item.kind === "gap") {
      open = { after: highest, before: Number.POSITIVE_INFINITY };
      gaps.push(open);
      found.gapsTold++;
      continue;
    }
    const offset = item.offset ?? expected.get(item.id);
    if (open && offset !== undefined) open.before = offset;
    open = undefined;
    if (seenIds.has(item.id)) found.add(item.id, "duplicated", `was seen twice by ${name}`);
    else if (offset !== undefined && offset < highest)
      found.add(item.id, "reordered", `was seen by ${name} after a later one`);
    seenIds.add(item.id);
    highest = Math.max(highest, offset ?? 0);
  }
  for (const [id, offset] of expected) {
    if (seenIds.has(id)) continue;
    const told =
      offset === undefined ? gaps.length > 0 : gaps.some((g) => offset > g.after && offset < g.before);
    if (!told) found.add(id, "lost", `was not seen by ${name}`);
  }
}

/** Where every entry is a message, an offset that is passed over is a message that nobody was told of. */
function checkDense({ name, stream, seen }: Observer, found: Findings): void {
  let last: number | undefined;
  for (const item of seen) {
    if (item.kind === "gap") last = undefined;
    else if (item.offset !== undefined) {
      for (let missed = (last ?? item.offset - 1) + 1; missed < item.offset; missed++)
        found.add(`${stream}@${missed}`, "lost", `was passed over in silence by ${name}`);
      last = item.offset;
    }
  }
}

class Findings {
  gapsTold = 0;
  readonly #worst = new Map<string, Class>();
  readonly #examples: string[] = [];

  add(id: string, what: Class, why: string): void {
    if (this.#examples.length < MAX_EXAMPLES) this.#examples.push(`${what}: ${id} ${why}`);
    const known = this.#worst.get(id);
    if (known === undefined || WORST.indexOf(what) < WORST.indexOf(known)) this.#worst.set(id, what);
  }

  verdict({ operations }: History): Verdict {
    const counts = noCounts();
    const named = new Set<string>();
    for (const { id, outcome } of operations) {
      named.add(id);
      const worst = this.#worst.get(id);
      if (worst) counts[worst]++;
      else counts[outcome.kind === "fail" ? "refused" : outcome.kind]++;
    }
    // What nobody has sent, and yet is in a stream or was seen.
    for (const [id, what] of this.#worst) if (!named.has(id)) counts[what]++;
    return { counts, gapsTold: this.gapsTold, examples: this.#examples };
  }
}
