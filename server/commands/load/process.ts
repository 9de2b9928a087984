/** A load process: its part of the users, until the command says stop or is gone. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Crowd } from "../../../load/engine/crowd.ts";
import { textOf } from "./failures.ts";
import type { FromLoadProcess, OwnUsage, ToLoadProcess } from "./messages.ts";
import { loadScenario } from "./scenario-file.ts";
import { supplyOf } from "./tokens.ts";

const TICK_MS = 1_000;

let crowd: Crowd | undefined;

const tell = (message: FromLoadProcess) => void (process.connected && process.send?.(message));
const delays = monitorEventLoopDelay({ resolution: 10 });
let cpu = process.cpuUsage();
let cpuAt = performance.now();

function ownUsage(): OwnUsage {
  const { user, system } = process.cpuUsage(cpu);
  const now = performance.now();
  const share = (user + system) / 1_000 / Math.max(1, now - cpuAt);
  cpu = process.cpuUsage();
  cpuAt = now;
  const delayMs = Math.max(0, delays.percentile(99) / 1e6 - 10);
  delays.reset();
  return { cpu: share, delayMs, rssBytes: process.memoryUsage.rss() };
}

async function begin({
  scenario,
  plan,
  process: own,
  tokens,
}: Extract<ToLoadProcess, { begin: object }>["begin"]) {
  crowd = new Crowd({ scenario: await loadScenario(scenario), plan, process: own, tokens: supplyOf(tokens) });
  tell({ ready: true });
}

async function run(users: Crowd, at: number): Promise<void> {
  delays.enable();
  ownUsage();
  const tick = () =>
    tell({
      tick: {
        second: Math.max(0, (Date.now() - at) / 1_000),
        ...users.take(),
        own: ownUsage(),
      },
    });
  const timer = setInterval(tick, TICK_MS);
  const unfinished = await users.run(at);
  clearInterval(timer);
  tick();
  tell({ done: { unfinished } });
}

const failed = (thrown: unknown) => tell({ failed: textOf(thrown) });
process.on("message", (message: ToLoadProcess) => {
  if ("begin" in message) begin(message.begin).catch(failed);
  else if ("go" in message) crowd && run(crowd, message.go).catch(failed);
  else crowd?.stop();
});
process.on("disconnect", () => process.exit(0));
// A promise that a scenario does not wait for is the scenario's own; the run goes on.
process.on("unhandledRejection", () => undefined);
// The command decides: it gets the signal too, since a terminal sends it to all.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => crowd?.stop());
