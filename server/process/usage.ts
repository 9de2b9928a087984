/** What `muster start --help` and `npm start -- --help` print. Everything else is a setting. */
export const USAGE = `usage: muster start (in a clone: npm start)
Starts the server with config.yaml, or the file that CONFIG_FILE names, and the environment, which wins.
  -h, --help      this text

Settings: docs/reference/settings.md and config.example.yaml, for example
  WEBSOCKET_PORT=8080 REDIS_URL=redis://127.0.0.1:6379 muster start
A token for a client: muster token --help

Exit codes: 0 stopped; 1 could not start, or lost its store; 64 unknown arguments; 78 the configuration has mistakes.`;

/** What the server does with its arguments: it takes none, so that no option is given in vain. */
export function readArguments(args: readonly string[]): "start" | "help" | { readonly unknown: string } {
  if (args.includes("--help") || args.includes("-h")) return "help";
  const [unknown] = args;
  return unknown === undefined ? "start" : { unknown };
}

/** An error that an operator can mend: its message says what to do, and a stack would not help. */
export class StartError extends Error {}

/** What an operator reads where the port could not be opened. */
export function whyNotListening(err: unknown, { host, port }: { host: string; port: number }): string {
  const message = err instanceof Error ? err.message : String(err);
  // The workers' own sockets.
  if (message.includes("/")) return `${message}: set TMPDIR to a folder that can be written`;
  switch (err instanceof Error && "code" in err ? err.code : undefined) {
    case "EADDRINUSE":
      return `port ${port} is taken: stop what uses it, or choose another with WEBSOCKET_PORT`;
    case "EACCES":
      return `port ${port} needs rights that this user does not have: choose one above 1023 with WEBSOCKET_PORT`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `WEBSOCKET_HOST ${host} is no address of this machine (${message})`;
    default:
      return message;
  }
}
