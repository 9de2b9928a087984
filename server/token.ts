/** `npm run token -- --user NAME` prints a token, and nothing else, on standard output. */
import { isHelp, TokenCommandError, tokenCommand, USAGE } from "./auth/token-command.ts";
import { ConfigError, loadConfig } from "./config/index.ts";

const EX_USAGE = 64;
const EX_CONFIG = 78;

const args = process.argv.slice(2);
try {
  const text = isHelp(args) ? USAGE : tokenCommand(args, loadConfig({ env: process.env }).config);
  process.stdout.write(`${text}\n`);
} catch (cause) {
  if (cause instanceof ConfigError) {
    process.stderr.write(`${cause.problems.join("\n")}\n`);
    process.exitCode = EX_CONFIG;
  } else if (cause instanceof TokenCommandError) {
    process.stderr.write(`${cause.message}\n\n${USAGE}\n`);
    process.exitCode = EX_USAGE;
  } else throw cause;
}
