/** Whether an ecosystem file of PM2 fits the server. */
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Config } from "../../config/index.ts";
import { bad, type Finding, good, look } from "./finding.ts";

const FILE = "ecosystem.config.js";
/** What a stopping worker needs beside its drain time. */
const CLOSE_MS = 5_000;

interface Pm2App {
  readonly script?: unknown;
  readonly exec_mode?: unknown;
  readonly instances?: unknown;
  readonly kill_timeout?: unknown;
  readonly wait_ready?: unknown;
  readonly watch?: unknown;
}

const isApp = (value: unknown): value is Pm2App => typeof value === "object" && value !== null;

/** @returns nothing where there is no such file */
export async function checkPm2(
  { server, store }: Pick<Config, "server" | "store">,
  folder = process.cwd(),
): Promise<Finding[]> {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return [];
  let apps: unknown;
  try {
    const module = (await import(pathToFileURL(file).href)) as {
      apps?: unknown;
      default?: { apps?: unknown };
    };
    apps = module.apps ?? module.default?.apps;
  } catch (err) {
    return [bad(`${FILE} can't be read`, err instanceof Error ? err.message : String(err))];
  }
  if (!Array.isArray(apps)) return [look(`${FILE} exports no apps`, "PM2 starts what stands in apps")];
  return apps.filter(isApp).flatMap((app) => findingsOf(app, server.drainMs, store.redisUrl !== undefined));
}

function findingsOf(app: Pm2App, drainMs: number, isShared: boolean): Finding[] {
  const found: Finding[] = [];
  const several = app.instances !== undefined && app.instances !== 1 && app.instances !== "1";
  if (several && !isShared)
    found.push(
      bad(
        `${FILE} starts several workers on the embedded store, which has one writer`,
        "set REDIS_URL, or instances: 1",
      ),
    );
  if (several && app.exec_mode !== "cluster")
    found.push(bad(`${FILE} starts several workers that can't share a port`, 'set exec_mode: "cluster"'));
  if (typeof app.kill_timeout !== "number" || app.kill_timeout < drainMs + CLOSE_MS)
    found.push(
      look(
        `kill_timeout is ${String(app.kill_timeout ?? "PM2's 1,600 ms")}: a stopping worker is killed before its clients are let go`,
        `set kill_timeout: ${drainMs + CLOSE_MS} or more`,
      ),
    );
  if (app.wait_ready !== true)
    found.push(
      look(
        "wait_ready is off: a reload stops the old worker before the new one serves",
        "set wait_ready: true",
      ),
    );
  if (app.watch === true)
    found.push(look("watch is on: PM2 restarts the server when a file changes", "set watch: false"));
  return found.length > 0 ? found : [good(`${FILE} fits; no sticky proxy is needed`)];
}
