/** What `npm start -- --help` prints. Everything else is a setting. */
export const USAGE = `usage: npm start
Starts the server with config.yaml, or the file that CONFIG_FILE names, and the environment, which wins.
  -h, --help      this text

Settings: docs/reference/settings.md and config.example.yaml, for example
  WEBSOCKET_PORT=8080 REDIS_URL=redis://127.0.0.1:6379 npm start
A token for a client: npm run token -- --help

Exit codes: 0 stopped; 1 could not start, or lost its store; 64 unknown arguments; 78 the configuration has mistakes.`;

/** What the server does with its arguments: it takes none, so that no option is given in vain. */
export function readArguments(args: readonly string[]): "start" | "help" | { readonly unknown: string } {
  if (args.includes("--help") || args.includes("-h")) return "help";
  const [unknown] = args;
  return unknown === undefined ? "start" : { unknown };
}

/** An error that an operator can mend: its message says what to do, and a stack would not help. */
export class StartError extends Error {}
