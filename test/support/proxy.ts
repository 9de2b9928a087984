/** A real nginx, HAProxy or Caddy with the example configuration of `deploy/`, its addresses replaced. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "./built.ts";
import { freePort } from "./free-port.ts";

const READY_WITHIN_MS = 10_000;

export interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

interface Kind {
  readonly command: string;
  readonly example: string;
  /** The example for these addresses. */
  adapt(example: string, port: number, workers: readonly [string, string]): string;
  /** The whole file, around the example. */
  whole?(example: string, folder: string): string;
  args(file: string, folder: string): string[];
}

/** Fails where the example does not have what is to be replaced. */
function replace(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`the example has no ${from}`);
    return changed.replaceAll(from, to);
  }, text);
}

export const PROXIES: Readonly<Record<"nginx" | "haproxy" | "caddy", Kind>> = {
  nginx: {
    command: "nginx",
    example: "deploy/nginx/muster.conf",
    adapt: (example, port, [one, two]) =>
      replace(example, [
        ["listen 80;", `listen 127.0.0.1:${port};`],
        ["127.0.0.1:3001", one],
        ["127.0.0.1:3002", two],
      ]),
    whole: (example, folder) => `
      daemon off;
      pid ${folder}/nginx.pid;
      error_log stderr;
      events {}
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
          .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
          .join("\n")}
        ${example}
      }`,
    args: (file, folder) => ["-p", folder, "-c", file, "-e", "stderr"],
  },
  haproxy: {
    command: "haproxy",
    example: "deploy/haproxy/haproxy.cfg",
    adapt: (example, port, [one, two]) =>
      replace(example, [
        ["maxconn 100000", "maxconn 1000"],
        ["bind :80", `bind 127.0.0.1:${port}`],
        ["10.0.0.11:3000", one],
        ["10.0.0.12:3000", two],
      ]),
    args: (file) => ["-f", file],
  },
  caddy: {
    command: "caddy",
    example: "deploy/caddy/Caddyfile",
    adapt: (example, port, [one, two]) =>
      `{\n\tadmin off\n\tgrace_period 1s\n}\n${replace(example, [
        ["play.example.com", `http://127.0.0.1:${port}`],
        ["10.0.0.11:3000", one],
        ["10.0.0.12:3000", two],
      ])}`,
    args: (file) => ["run", "--adapter", "caddyfile", "--config", file],
  },
};

export const isInstalled = (name: keyof typeof PROXIES): boolean =>
  spawnSync(PROXIES[name].command, [name === "caddy" ? "version" : "-v"]).status === 0;

/** @param workers host and port of each */
export async function startProxy(
  name: keyof typeof PROXIES,
  workers: readonly [string, string],
): Promise<Proxy> {
  const kind = PROXIES[name];
  const folder = await mkdtemp(join(tmpdir(), `muster-${name}-`));
  const port = await freePort();
  const file = join(folder, "config");
  const example = kind.adapt(await readFile(join(ROOT, kind.example), "utf8"), port, workers);
  await writeFile(file, kind.whole?.(example, folder) ?? example);
  const child: ChildProcess = spawn(kind.command, kind.args(file, folder), {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2_000);
  });
  async function close(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      // As it is told to stop at once, its own workers end too.
      child.kill("SIGTERM");
      await gone;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  for (const until = Date.now() + READY_WITHIN_MS; !(await answers(port)); await delay(25)) {
    if (Date.now() < until && child.exitCode === null) continue;
    await close();
    throw new Error(`${name} does not listen: ${said}`);
  }
  return { url: `http://127.0.0.1:${port}`, close };
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
