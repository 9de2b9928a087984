/** The commands of `muster`, by their names. */
import { didYouMean } from "../../core/did-you-mean.ts";
import { packageVersion } from "../package-version.ts";
import { USAGE as START_USAGE } from "../process/usage.ts";
import { type Command, ConfigError, EXIT, print, say, UsageError } from "./command.ts";

/** The process of the server is its own program: it takes over from here. */
const start: Command = {
  usage: START_USAGE,
  async run() {
    // As `node dist/server/main.js` has them.
    process.argv.splice(2, 1);
    await import("../main.ts");
    return EXIT.ok;
  },
};

interface Listed {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Only what is run is loaded: a token needs no Redis. */
  load(): Promise<Command>;
}

export const COMMANDS: readonly Listed[] = [
  {
    name: "start",
    summary: "starts the server with config.yaml and the environment",
    load: async () => start,
  },
  {
    name: "init",
    summary: "makes a new project with one game, a test and a Dockerfile",
    load: async () => (await import("./init.ts")).init,
  },
  {
    name: "token",
    summary: "prints a token for a user, where the server has the key to sign it",
    load: async () => (await import("./token.ts")).token,
  },
  {
    name: "check-token",
    summary: "says whether the server would take a token, and if not, why",
    load: async () => (await import("./check-token.ts")).checkToken,
  },
  {
    name: "check-config",
    summary: "tells all mistakes of the configuration",
    load: async () => (await import("./check-config.ts")).checkConfig,
  },
  {
    name: "doctor",
    summary: "looks at this machine, the configuration and Redis, and says what to do",
    load: async () => (await import("./doctor/index.ts")).doctor,
  },
  {
    name: "health",
    summary: "asks the server of this machine whether it is alive",
    load: async () => (await import("./health.ts")).health,
  },
  {
    name: "backup",
    summary: "copies the embedded store into a folder, also while the server runs",
    load: async () => (await import("./backup.ts")).backup,
  },
  {
    name: "restore",
    summary: "puts a backup back, so that clients are told of the gap",
    load: async () => (await import("./restore.ts")).restore,
  },
  {
    name: "load",
    summary: "lets many users play a scenario, and measures how the server does",
    load: async () => (await import("./load/index.ts")).loadCommand,
  },
  {
    name: "types",
    summary: "writes types of all events for the C# or the Godot client",
    load: async () => (await import("./types/index.ts")).types,
  },
  {
    name: "replay",
    summary: "proves or refutes the result of a real-time game from its journal",
    load: async () => (await import("./replay.ts")).replay,
  },
];

const overview = () =>
  [
    "usage: muster COMMAND [options]",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`),
    "  --version     the version of this package",
    "  -h, --help    this text; after a command: of that command",
    "",
    "Configuration: config.yaml in this folder, or the file that CONFIG_FILE names, and the environment, which wins.",
    `Exit codes: ${EXIT.ok} done; ${EXIT.failed} it could not be done, or something is wrong; ${EXIT.usage} wrong arguments; ${EXIT.unavailable} a server can't be reached; ${EXIT.config} the configuration has mistakes.`,
  ].join("\n");

const isHelp = (arg: string) => arg === "--help" || arg === "-h" || arg === "help";
const isVersion = (arg: string) => arg === "--version" || arg === "-v" || arg === "version";

/** @param args what stands behind `muster`. @returns the exit code; undefined: the server runs, and the process ends with it */
export async function runCommand(args: readonly string[]): Promise<number | undefined> {
  const [name, ...rest] = args;
  if (name === undefined) {
    say(overview());
    return EXIT.usage;
  }
  if (isHelp(name) && rest[0] === undefined) {
    print(overview());
    return EXIT.ok;
  }
  if (isVersion(name)) {
    print(packageVersion());
    return EXIT.ok;
  }
  const wanted = isHelp(name) ? rest[0] : name;
  const listed = COMMANDS.find((one) => one.name === wanted);
  if (listed === undefined) {
    const known = COMMANDS.map((one) => one.name);
    say(`muster: ${wanted} is not a command${didYouMean(String(wanted), known)}\n\n${overview()}`);
    return EXIT.usage;
  }
  const command = await listed.load();
  if (isHelp(name) || rest.some((arg) => arg === "--help" || arg === "-h")) {
    print(command.usage);
    return EXIT.ok;
  }
  if (rest.some((arg) => arg === "--version")) {
    print(packageVersion());
    return EXIT.ok;
  }
  try {
    const code = await command.run(rest);
    return command === start ? undefined : code;
  } catch (cause) {
    return told(listed.name, command, cause);
  }
}

function told(name: string, command: Command, cause: unknown): number {
  if (cause instanceof ConfigError) {
    say(cause.message);
    return EXIT.config;
  }
  if (cause instanceof UsageError) {
    say(`muster ${name}: ${cause.message}\n\n${command.usage}`);
    return EXIT.usage;
  }
  say(`muster ${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
  return EXIT.failed;
}
