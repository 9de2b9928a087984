/** What a killed worker leaves behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** A socket file that nobody listens on. */
export async function leaveSocket(path: string): Promise<void> {
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", script]), "exit");
}
