/** `muster doctor`: looks at the machine, the configuration and Redis before the server starts, and says what to do. */
import { type Command, ConfigError, EXIT, print, readConfig, takesNothing } from "../command.ts";
import { bad, type Finding, good, look } from "./finding.ts";
import {
  checkDisk,
  checkNode,
  checkOpenFiles,
  checkPort,
  checkPrivateSockets,
  readLimits,
} from "./machine.ts";
import { checkPm2 } from "./pm2.ts";
import { checkRedis } from "./redis.ts";

const MARKS: Readonly<Record<Finding["kind"], string>> = { good: "ok  ", look: "look", bad: "BAD " };

async function examine(): Promise<Finding[]> {
  const found: Finding[] = [checkNode()];
  let read: ReturnType<typeof readConfig>;
  try {
    read = readConfig();
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err;
    return [...found, ...err.problems.map((problem) => bad(problem, "muster check-config tells all of it"))];
  }
  const { config, warnings } = read;
  found.push(
    good(`the configuration can be read, for ${config.production ? "production" : "development"}`),
    ...warnings.map((warning) => look(warning, "docs/reference/settings.md has every setting")),
    await checkPort(config),
    checkOpenFiles(await readLimits(), config),
    checkPrivateSockets(),
    ...(config.store.redisUrl === undefined ? [await checkDisk(config)] : []),
    ...(await checkRedis(config)),
    ...(await checkPm2(config)),
  );
  return found;
}

export const doctor: Command = {
  usage: `usage: muster doctor
Looks at what the server needs: Node, the configuration, its port, open files, disk, Redis with its settings and clock, PM2's ecosystem file.
It changes nothing, and may run beside the server.
  -h, --help      this text

Exit codes: 0 nothing is bad; 1 something is; 64 wrong arguments.`,
  async run(args) {
    takesNothing(args);
    const found = await examine();
    for (const { kind, text, todo } of found) {
      print(`${MARKS[kind]}  ${text}`);
      if (todo !== undefined) print(`      → ${todo}`);
    }
    const count = (kind: Finding["kind"]) => found.filter((one) => one.kind === kind).length;
    print(`${count("good")} fine, ${count("look")} worth a look, ${count("bad")} bad`);
    return count("bad") > 0 ? EXIT.failed : EXIT.ok;
  },
};
