/** What the parts of the benchmark share: how long, how often, and beside which server. */
import { setTimeout as wait } from "node:timers/promises";
import { median, type Row } from "../support/report.ts";
import { type Run, type Side, type SideOptions, startSide } from "../support/side.ts";

export interface Budget {
  /** Of one measurement. */
  readonly seconds: number;
  /** Alternating measurements of both servers. */
  readonly rounds: number;
  readonly quick: boolean;
  readonly plainBroadcast: boolean;
}

export interface Part {
  readonly name: string;
  readonly summary: string;
  run(budget: Budget, add: (row: Row) => void): Promise<void>;
}

/** After the connections were made: what they left to do is done. */
export const SETTLE_MS = 3_000;

/** Of a core, for so long: pings of connections that keep quiet are part of it. */
export async function shareOfCore(side: Side | undefined, forMs: number): Promise<number> {
  if (!side) throw new Error("no server");
  const before = await side.usage();
  await wait(forMs);
  const after = await side.usage();
  return (after.cpuMicros - before.cpuMicros) / 1_000 / (after.atMs - before.atMs);
}

export async function withSides<R>(
  sides: readonly SideOptions[],
  work: (...started: Side[]) => Promise<R>,
): Promise<R> {
  const started: Side[] = [];
  try {
    for (const options of sides) started.push(await startSide(options));
    return await work(...started);
  } finally {
    for (const side of started) await side.close();
  }
}

/** Bare Socket.IO and the application, measured in turn. */
export function besideBare(budget: Budget, work: (bare: Side, muster: Side) => Promise<void>): Promise<void> {
  return withSides(
    [{ kind: "bare" }, { kind: "muster", plainBroadcast: budget.plainBroadcast }],
    async (bare, muster) => {
      if (bare && muster) await work(bare, muster);
    },
  );
}

/** So many clients, all in one room. */
export async function fill(side: Side, members: number, room: string): Promise<void> {
  await side.run({ task: "connect", count: members, namespaces: ["/"], atOnce: 20 });
  await side.run({ task: "subscribe", room });
}

/** Alternates so that what else the machine does meets both alike. */
export async function inTurns(
  rounds: number,
  measure: { readonly bare: () => Promise<Run>; readonly muster: () => Promise<Run> },
): Promise<{ readonly bare: Run[]; readonly muster: Run[] }> {
  const runs = { bare: [] as Run[], muster: [] as Run[] };
  for (let round = 0; round < rounds; round++) {
    runs.bare.push(await measure.bare());
    runs.muster.push(await measure.muster());
  }
  return runs;
}

/** A row of `value` per CPU second of the server. */
export function perCpuSecond(
  part: string,
  what: string,
  unit: string,
  runs: { readonly bare: readonly Run[]; readonly muster: readonly Run[] },
  value: (run: Run) => number,
): Row {
  const rates = (of: readonly Run[]) => of.map((run) => value(run) / run.cpu);
  const [bare, muster] = [rates(runs.bare), rates(runs.muster)];
  const p99 = (of: readonly Run[]) => median(of.map((run) => run.p99Ms)).toFixed(1);
  const refused = [...runs.bare, ...runs.muster].reduce((sum, run) => sum + run.refused, 0);
  return {
    part,
    what,
    unit,
    bare: median(bare),
    muster: median(muster),
    ratio: median(muster.map((rate, at) => rate / (bare[at] ?? rate))),
    client: Math.max(...[...runs.bare, ...runs.muster].map(({ loadCpu }) => loadCpu)),
    note: `p99 ${p99(runs.bare)} and ${p99(runs.muster)} ms${refused > 0 ? `; ${refused} REFUSED` : ""}`,
  };
}
