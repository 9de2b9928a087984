/** Row 45: two versions side by side on one Redis, forwards and back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addVerdicts, type Verdict } from "../checker.ts";
import { converse } from "../conversation.ts";
import { checkEffects, type Effect } from "../effects.ts";
import type { Row } from "../row.ts";
import { openStage, snapshot, type Worker } from "../stage.ts";
import { until } from "../waiting.ts";
import { checkOut } from "./checkout.ts";
import { playMatches, startLongGame } from "./phases.ts";

const BACK_WITHIN_MS = 30_000;
/** How a server refuses the store of a newer one. */
const REFUSED = /muster: (the store .* reads formats up to \d+.*)/;

interface Step {
  readonly what: string;
  readonly worker: number;
  readonly to: "old" | "new";
}

const STEPS: readonly Step[] = [
  { what: "new beside old", worker: 0, to: "new" },
  { what: "all new", worker: 1, to: "new" },
  { what: "old beside new", worker: 0, to: "old" },
  { what: "all old again", worker: 1, to: "old" },
];

/** Errors that a worker has logged: nothing of the other version may be one. */
async function errorsOf(workers: readonly Worker[]): Promise<string[]> {
  const logs = await Promise.all(workers.map((worker) => worker.log()));
  return logs.flatMap((log) => log.split("\n").filter((line) => line.includes('"log.level":"error"')));
}

export const upgradedFrom = (ref: string): Row => ({
  id: "45",
  title: `a rolling upgrade from ${ref}, and back`,
  async run({ draws, quick, progress }) {
    // This version first: where it can't be built there is nothing to put away yet.
    const folder = await mkdtemp(join(tmpdir(), "muster-upgrade-new-"));
    const current = await snapshot(folder);
    const old = await checkOut(ref, progress);
    const programs = { old: old.program, new: [current] };
    const stage = await openStage({ program: programs.old }).catch(async (err: unknown) => {
      await old.close();
      throw err;
    });
    const problems = new Set<string>();
    const effects: Effect[] = [];
    const steps: string[] = [];
    const matches = quick ? 1 : 5;
    let moves = 0;
    let refusal: string | undefined;

    /** @returns false where it refuses the store as it is */
    async function replace({ worker: at, to }: Step): Promise<boolean> {
      const worker = stage.workers[at];
      if (worker === undefined) throw new Error(`no worker ${at}`);
      await worker.end("SIGTERM");
      try {
        await worker.start(programs[to]);
        return true;
      } catch (err) {
        refusal = REFUSED.exec(String(err))?.[1];
        if (refusal === undefined) throw err;
        await worker.start(programs.new);
        return false;
      }
    }

    try {
      const game = await startLongGame(stage);
      const scene = async (name: string) => {
        effects.push(...(await playMatches(stage, name.replaceAll(" ", "-"), matches, problems)));
        moves += await game.play(problems);
      };
      const users = quick ? 10 : 40;
      const { verdict, acknowledged } = await converse(stage, {
        draws,
        users,
        perChannel: 5,
        messages: quick ? 300 : 3_000,
        withinMs: 240_000,
        perSecond: quick ? 50 : 100,
        async during({ talkers, said }) {
          await scene("all old");
          for (const step of STEPS) {
            const before = said();
            if (!(await replace(step))) {
              steps.push(`refused: ${refusal}`);
              break;
            }
            await until("all are back", () => talkers.every((one) => one.connected), BACK_WITHIN_MS);
            await scene(step.what);
            steps.push(`${step.what}: ${said() - before} messages`);
            progress(steps.at(-1) ?? "");
          }
        },
      });
      game.close();
      for (const line of (await errorsOf(stage.workers)).slice(0, 3)) problems.add(`logged: ${line}`);
      const exits = stage.workers.reduce((sum, worker) => sum + worker.unexpectedExits, 0);
      if (exits > (refusal === undefined ? 0 : 1)) problems.add(`${exits} exits that nobody asked for`);
      const all: Verdict = addVerdicts([verdict, checkEffects(effects)]);
      return {
        verdict: all,
        figures: `${old.commit}: ${acknowledged} messages, ${effects.length / 2} matches, ${moves} moves acknowledged; ${steps.join("; ")}`,
        problems: [...problems],
      };
    } finally {
      await stage.close();
      await old.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
});
