/**
 * `npm run bench [-- part …] [--quick] [--seconds N] [--json FILE] [--html FILE] [--plain]`, or `-- --compare A.json B.json`: figures of this server, most of them beside bare Socket.IO on
 * the same machine in the same run, per second of CPU that the server process used.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { chatFanout } from "./chat/part.ts";
import { game } from "./game/part.ts";
import { gateway } from "./gateway/part.ts";
import { matchmaking } from "./matchmaking/part.ts";
import { chat } from "./parts/chat.ts";
import { commands } from "./parts/commands.ts";
import { connects } from "./parts/connects.ts";
import { consoleCost } from "./parts/console.ts";
import { fanout } from "./parts/fanout.ts";
import { idle } from "./parts/idle.ts";
import { memory } from "./parts/memory.ts";
import type { Part } from "./parts/part.ts";
import { pipelined } from "./parts/pipelined.ts";
import { replicas } from "./parts/replicas.ts";
import { world } from "./parts/world.ts";
import { zones } from "./parts/zones.ts";
import { presence } from "./presence/part.ts";
import { realtime } from "./realtime/part.ts";
import { buildForBench } from "./support/build.ts";
import { comparison, readResult } from "./support/compare.ts";
import { pageOfBench } from "./support/html.ts";
import { runFrom } from "./support/processes.ts";
import { type Row, shown, table } from "./support/report.ts";

const PARTS: readonly Part[] = [
  commands,
  pipelined,
  fanout,
  gateway,
  connects,
  idle,
  consoleCost,
  memory,
  chat,
  chatFanout,
  replicas,
  presence,
  world,
  zones,
  game,
  matchmaking,
  realtime,
];
/** For each part, in milliseconds, on a machine that is slow and busy; a run that takes longer is ended. */
const PART_LIMIT_MS = { quick: 180_000, full: 600_000 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    seconds: { type: "string" },
    json: { type: "string" },
    html: { type: "string" },
    /** Without joined writes, to see what they give. */
    plain: { type: "boolean", default: false },
    compare: { type: "boolean", default: false },
  },
});
if (values.compare) {
  const [from, to] = positionals;
  if (from === undefined || to === undefined || positionals.length > 2) {
    console.error("usage: npm run bench -- --compare A.json B.json");
    process.exit(2);
  }
  console.log(comparison(readResult(from), readResult(to)));
  process.exit(0);
}
const unknown = positionals.filter((name) => !PARTS.some((part) => part.name === name));
const seconds = Number(values.seconds ?? (values.quick ? 1 : 2.5));
if (unknown.length > 0 || !(seconds > 0 && seconds <= 30)) {
  console.error(
    `usage: npm run bench -- [part …] [--quick] [--seconds 0–30] [--json FILE] [--html FILE] [--plain]\nparts:\n${PARTS.map(
      (part) => `  ${part.name.padEnd(10)}${part.summary}`,
    ).join("\n")}`,
  );
  process.exit(2);
}

const machine = `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`;
const load = () => loadavg()[0]?.toFixed(2);
const startedAt = new Date();
console.log(`${machine}; load average at the start ${load()}`);
const rows: Row[] = [];
const chosen = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const build = buildForBench();
runFrom(build);
const limit = setTimeout(
  () => {
    console.error("the benchmark took too long and was ended");
    finish(1);
  },
  chosen.length * (values.quick ? PART_LIMIT_MS.quick : PART_LIMIT_MS.full),
);

let failed = false;
for (const part of chosen) {
  console.log(`${part.name}: ${part.summary} …`);
  const budget = { seconds, rounds: values.quick ? 2 : 5, quick: values.quick, plainBroadcast: values.plain };
  try {
    await part.run(budget, (row) => {
      rows.push(row);
      const beside =
        row.bare === undefined ? "" : ` beside ${shown(row.bare)}, ratio ${row.ratio?.toFixed(2)}`;
      console.log(
        `  ${row.what}: ${shown(row.muster)} ${row.unit}${beside}${row.note ? ` (${row.note})` : ""}`,
      );
    });
  } catch (err) {
    failed = true;
    console.error(`  ${part.name} failed: ${err instanceof Error ? err.message : String(err)}`);
  }
}
finish(failed ? 1 : 0);

function finish(code: number): void {
  clearTimeout(limit);
  build.remove();
  const ended = `${startedAt.toISOString()}, ${machine}; load average at the end ${load()}`;
  console.log(`\n${table(rows)}\n\n${ended}`);
  const result = { startedAt: startedAt.toISOString(), machine, loadAverage: loadavg(), rows };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  if (values.html !== undefined) writeFileSync(values.html, pageOfBench(result));
  process.exit(code);
}
