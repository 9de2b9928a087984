/** The result for people, in a terminal. */
import type { ActionResult, LoadResult, ServerPoint } from "./result.ts";
import { BUSY_CPU, LATE_MS } from "./tally.ts";

const NAME_WIDTH = 28;

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`;

function number(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const row = (name: string, cells: readonly string[]) =>
  `${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(9)).join("")}`;

const actionRow = ({ name, rate, count, failed, latency_ms: { p50, p95, p99, max } }: ActionResult) =>
  row(name, [
    ...[rate].map(number),
    String(count),
    String(failed),
    ...[p50, p95, p99, max].map((ms) => (count > 0 ? number(ms) : "-")),
  ]);

export function textOfResult(result: LoadResult): string {
  const { scenario, plan, actions, counters, errors, thresholds } = result;
  const groups = plan.group_size > 1 ? ` in groups of ${plan.group_size}` : "";
  const head = ["per s", "done", "failed", "p50 ms", "p95", "p99", "max"];
  const held = actions.filter(({ phase }) => phase === "hold");
  const came = actions.filter(({ phase }) => phase === "ramp");
  const lines = [
    `${scenario.name}: ${result.users.begun} users${groups} on ${plan.urls.join(", ")}, ${number(result.seconds)} s`,
    ...(result.ended === "interrupted" ? ["it was ended early"] : []),
    "",
    ...(held.length > 0 ? [row("while all were there", head), ...held.map(actionRow), ""] : []),
    ...(came.length > 0 ? [row("while users came", head), ...came.map(actionRow), ""] : []),
    ...counters.map(({ name, total, rate }) => row(name, [number(rate), String(total)])),
    ...(counters.length > 0 ? [""] : []),
    ...errors.map(({ action, code, count, example }) => `failed ${count} × ${action}: ${code} (${example})`),
    ...(result.unfinished > 0 ? [`${result.unfinished} actions had not ended`] : []),
    ...(result.users.restarts > 0 ? [`users began anew ${result.users.restarts} times`] : []),
    ...result.server.flatMap(serverLines(plan.ramp_seconds)),
    ...processLines(result),
    ...thresholds.map(
      ({ fail, value, passed }) => `${passed ? "ok  " : "FAIL"} ${fail} (${value ?? "not measured"})`,
    ),
  ];
  return lines.join("\n").trimEnd();
}

const serverLines =
  (rampS: number) =>
  ({ url, points, refused, problem }: LoadResult["server"][number]): string[] => {
    if (points.length === 0) return [`no figures of the server at ${url}: ${problem ?? "it was too short"}`];
    const held = points.filter(({ t }) => t >= rampS);
    const shown = held.length > 0 ? held : points;
    const mean = (of: (point: ServerPoint) => number) =>
      shown.reduce((total, point) => total + of(point), 0) / shown.length;
    const most = (of: (point: ServerPoint) => number) => Math.max(...shown.map(of));
    const turned = Object.entries(refused).filter(([, count]) => count > 0);
    return [
      `server ${url}: ${number(mean(({ cpu }) => cpu))} cores (most ${number(most(({ cpu }) => cpu))}), ${megabytes(most(({ rss_bytes }) => rss_bytes))}, event loop late by ${number(most(({ event_loop_delay_ms }) => event_loop_delay_ms))} ms, ${most(({ connections }) => connections)} connections`,
      ...(turned.length > 0
        ? [`  it refused: ${turned.map(([reason, count]) => `${count} ${reason}`).join(", ")}`]
        : []),
      ...(problem === undefined ? [] : [`  its figures ended early: ${problem}`]),
    ];
  };

function processLines({ processes, machine }: LoadResult): string[] {
  const told = processes.map(({ cpu, event_loop_delay_ms: { mean }, too_busy }) => {
    return `${number(cpu.mean)} (late by ${number(mean)} ms)${too_busy ? "!" : ""}`;
  });
  const busy = processes.some(({ too_busy }) => too_busy);
  return [
    `load processes, of a core: ${told.join(", ")}; load average ${number(machine.load_average)} on ${machine.cores} cores`,
    ...(busy
      ? [
          `! above ${BUSY_CPU} of a core, or late by more than ${LATE_MS} ms: the load's own delay is in the times. Take more --processes, fewer users or a less busy machine`,
        ]
      : []),
  ];
}
