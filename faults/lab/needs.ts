/** What the lab needs of a machine. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Namespaces for network, mounts and processes; all that is inside ends with it. */
export const UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

const PROGRAMS: readonly (readonly [program: string, args: readonly string[], from: string])[] = [
  ["unshare", ["--version"], "util-linux"],
  ["nsenter", ["--version"], "util-linux"],
  ["ip", ["-V"], "iproute2"],
  ["redis-server", ["--version"], "redis-server"],
  ["haproxy", ["-v"], "haproxy"],
];

/** @returns what is missing and how to get it; undefined: nothing */
export async function lacking(): Promise<string | undefined> {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "it makes network namespaces, which needs root";
  const packages = new Set<string>();
  for (const [program, args, from] of PROGRAMS) await run(program, args).catch(() => packages.add(from));
  if (packages.size > 0)
    return `install ${[...packages].join(" and ")}: apt-get install ${[...packages].join(" ")}`;
  const [command = "", ...words] = [
    ...UNSHARE,
    "ip",
    "link",
    "add",
    "lab0",
    "type",
    "veth",
    "peer",
    "name",
    "lab1",
  ];
  return run(command, words).then(
    () => undefined,
    (err: unknown) => `namespaces can't be made here: ${err instanceof Error ? err.message : String(err)}`,
  );
}
