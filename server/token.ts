/** `npm run token -- --user NAME`: prints a token, and nothing else, on stdout. */
import { TokenCommandError, tokenCommand, USAGE } from "./auth/token-command.ts";
import { ConfigError, loadConfig } from "./config/index.ts";

const EX_USAGE = 64;
const EX_CONFIG = 78;

try {
  const { config } = loadConfig({ env: process.env });
  process.stdout.write(`${tokenCommand(process.argv.slice(2), config)}\n`);
} catch (cause) {
  if (cause instanceof ConfigError) {
    process.stderr.write(`${cause.problems.join("\n")}\n`);
    process.exitCode = EX_CONFIG;
  } else if (cause instanceof TokenCommandError) {
    process.stderr.write(`${cause.message}\n\n${USAGE}\n`);
    process.exitCode = EX_USAGE;
  } else throw cause;
}
