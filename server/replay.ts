/** `npm run replay -- ROOM`: proves or refutes the result of a real-time game by playing its journal again. */
import { isHelp } from "./auth/token-command.ts";
import { ConfigError, loadConfig } from "./config/index.ts";
import { createLog } from "./process/log.ts";
import {
  REPLAY_EXIT,
  REPLAY_USAGE,
  ReplayCommandError,
  readReplayArguments,
  replayCommand,
  replayReport,
} from "./process/replay-command.ts";
import { StartError } from "./process/usage.ts";

const EX_USAGE = 64;
const EX_CONFIG = 78;
const PROGRESS_MS = 1_000;

const say = (text: string) => void process.stderr.write(`${text}\n`);

async function run(args: readonly string[]): Promise<number> {
  if (isHelp(args)) {
    process.stdout.write(`${REPLAY_USAGE}\n`);
    return 0;
  }
  const given = readReplayArguments(args);
  const { config } = loadConfig({ env: process.env });
  let saidAt = performance.now();
  const audit = await replayCommand(given, config, {
    log: createLog({ ...config.log, level: "fatal" }),
    onProgress(ticks) {
      if (performance.now() - saidAt < PROGRESS_MS) return;
      saidAt = performance.now();
      say(`${ticks} ticks played …`);
    },
  });
  if (audit === undefined) {
    say(
      `muster: no journal of a real-time game in room ${given.room} is kept: look at the id, --round and the retention`,
    );
    return REPLAY_EXIT.unproved;
  }
  process.stdout.write(`${given.json ? JSON.stringify(audit) : replayReport(audit)}\n`);
  return REPLAY_EXIT[audit.verdict];
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (cause) {
  if (cause instanceof ConfigError) {
    say(cause.problems.join("\n"));
    process.exitCode = EX_CONFIG;
  } else if (cause instanceof ReplayCommandError) {
    say(`${cause.message}\n\n${REPLAY_USAGE}`);
    process.exitCode = EX_USAGE;
  } else if (cause instanceof StartError || cause instanceof Error) {
    say(`muster: ${cause.message}`);
    process.exitCode = REPLAY_EXIT.unproved;
  } else throw cause;
}
