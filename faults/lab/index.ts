/**
 * `npm run lab`: three hosts of two workers each, as network namespaces, with a balancer and Redis on hosts of their own; what breaks is
 * the network between them. Needs root, `ip`, `nsenter`, `unshare`, `redis-server` and `haproxy`. `--seed 7`, `--rows cut,vanish`,
 * `--quick`, `--json FILE`. It runs in namespaces of its own for network, mounts and processes: nothing outlasts it, however it ends.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacking, UNSHARE } from "./needs.ts";

const missing = await lacking();
if (missing !== undefined) {
  console.error(`the lab can't be run: ${missing}`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), "muster-lab-run-"));
const inner = [
  process.execPath,
  "--import=tsx",
  join(import.meta.dirname, "inside.ts"),
  ...process.argv.slice(2),
];
const [command = "", ...words] = [...UNSHARE, ...inner];
const child = spawn(command, words, { stdio: "inherit", env: { ...process.env, TMPDIR: folder } });
// A terminal sends Ctrl-C to both. `unshare` ends all that is inside with itself.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void child.kill("SIGKILL"));
const code = await new Promise<number>((resolve) => child.once("exit", (status) => resolve(status ?? 130)));
await rm(folder, { recursive: true, force: true, maxRetries: 5 });
process.exit(code);
