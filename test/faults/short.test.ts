/** The short form of `npm run faults`: real processes, a real Redis, one fault of each kind. */
import assert from "node:assert/strict";
import { ALL_ROWS } from "../../faults/rows/index.ts";
import { runRows } from "../../faults/run.ts";

/** Those that say most in little time; the long form runs all. Turns, queues and the embedded store are killed in other suites too. */
const ROWS = ["1", "3", "39", "43"];
const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9));

async function run(id: string): Promise<{ ok: boolean; lines: string[] }> {
  const lines: string[] = [];
  const rows = ALL_ROWS.filter((row) => row.id === id);
  assert.equal(rows.length, 1);
  const { ok } = await runRows({
    rows,
    seed,
    seconds: undefined,
    quick: true,
    print: (line) => lines.push(line),
  });
  return { ok, lines };
}

describe(`faults, in short (FAULTS_SEED=${seed})`, function () {
  this.timeout(120_000);

  it("the control, Socket.IO and its Redis adapter alone, loses messages: the checker can see", async () => {
    const { ok, lines } = await run("control");
    assert.ok(ok, lines.join("\n"));
  });

  for (const id of ROWS) {
    const title = ALL_ROWS.find((row) => row.id === id)?.title ?? "";
    it(`row ${id} holds: ${title}`, async () => {
      const { ok, lines } = await run(id);
      assert.ok(ok, lines.join("\n"));
    });
  }

  it("a row that lacks a program is said not to be run at the start and in the table, and breaks nothing", async () => {
    const lines: string[] = [];
    const { ok, reports } = await runRows({
      rows: [
        {
          id: "x",
          title: "made up",
          lacks: () => "Debian's package nothing is missing",
          run: () => Promise.reject(new Error("it was run")),
        },
      ],
      seed,
      seconds: undefined,
      quick: true,
      print: (line) => lines.push(line),
    });
    assert.equal(ok, true);
    assert.equal(reports.size, 0);
    assert.match(lines[1] ?? "", /^row x will not be run: Debian's package nothing is missing$/);
    assert.ok(lines.some((line) => /^x +not run · made up/.test(line)));
  });

  it("a row that breaks a promise is not held, and neither is a control that shows no loss", async () => {
    const counts = {
      ok: 1,
      lost: 1,
      duplicated: 0,
      reordered: 0,
      falselyAcknowledged: 0,
      unknown: 0,
      refused: 0,
    };
    const row = (id: string, lost: number, mustFail: boolean) => ({
      id,
      title: "made up",
      ...(mustFail ? { mustFail: true as const } : {}),
      run: () =>
        Promise.resolve({
          verdict: { counts: { ...counts, lost }, gapsTold: 0, examples: [] },
          figures: "",
          problems: [],
        }),
    });
    const held = async (...rows: ReturnType<typeof row>[]) =>
      (await runRows({ rows, seed, seconds: undefined, quick: true, print: () => undefined })).ok;
    assert.equal(await held(row("good", 0, false)), true);
    assert.equal(await held(row("bad", 1, false)), false);
    assert.equal(await held(row("control", 1, true)), true);
    assert.equal(await held(row("blind", 0, true)), false);
  });
});
