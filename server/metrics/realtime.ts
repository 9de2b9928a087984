/** Metrics of the real-time rooms that a worker steps, and of the frames that it sends. */
import { Counter, Gauge, type Metric, type Registry } from "prom-client";
import {
  type Durations,
  REALTIME_LIMITS,
  type RealtimeFigures,
} from "../../namespaces/game/realtime/figures.ts";

/** A histogram whose numbers are kept where they are counted: a step must not wait for a metric. */
class DurationsHistogram {
  readonly type = "histogram";
  readonly aggregator = "sum";
  readonly name: string;
  readonly help: string;
  readonly #read: () => Durations;

  constructor(name: string, help: string, read: () => Durations) {
    this.name = name;
    this.help = help;
    this.#read = read;
  }

  async get() {
    const { bounds, counts, sumS } = this.#read();
    let total = 0;
    const buckets = counts.map((count, at) => {
      total += count;
      return { metricName: `${this.name}_bucket`, labels: { le: bounds[at] ?? "+Inf" }, value: total };
    });
    const values = [
      ...buckets,
      { metricName: `${this.name}_sum`, labels: {}, value: sumS },
      { metricName: `${this.name}_count`, labels: {}, value: total },
    ];
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }

  reset(): void {
    // Its numbers are those of the rooms; they are never reset.
  }
}

export function registerRealtime(registry: Registry, figures: () => RealtimeFigures): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (now: RealtimeFigures) => number) =>
    new Gauge({
      name: `muster_realtime_${name}`,
      help,
      registers,
      collect() {
        this.set(read(figures()));
      },
    });
  const counter = (name: string, help: string, read: (now: RealtimeFigures) => number) =>
    new Counter({
      name: `muster_realtime_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(figures()));
      },
    });
  // It has what a registry asks of a metric; prom-client's type names its own classes.
  const histogram = (name: string, help: string, read: (now: RealtimeFigures) => Durations) =>
    registry.registerMetric(
      new DurationsHistogram(`muster_realtime_${name}_seconds`, help, () =>
        read(figures()),
      ) as unknown as Metric,
    );

  gauge("rooms", "Real-time rooms that are stepped.", ({ rooms }) => rooms);
  gauge("players", "Players in them, without bots.", ({ players }) => players);
  gauge("inputs_waiting", "Inputs that wait for their tick.", ({ waitingInputs }) => waitingInputs);
  counter("steps", "Steps of all rooms.", ({ counts }) => counts.steps);
  counter("late_steps", "Steps that began more than half a step late.", ({ lateSteps }) => lateSteps);
  counter(
    "skipped_steps",
    "Steps that were left out, for they were too late.",
    ({ skippedSteps }) => skippedSteps,
  );
  histogram(
    "frame_age",
    "From when a step was due to when its frames left the step.",
    ({ counts }) => counts.frameAges,
  );
  counter(
    "inputs",
    "Inputs of players, as they were taken from their connections.",
    ({ counts }) => counts.inputs,
  );
  counter("inputs_lost", "Inputs that were dropped and told as lost.", ({ counts }) => counts.lostInputs);
  counter(
    "frames_skipped",
    "Frames left out for clients that did not keep up.",
    ({ counts }) => counts.skippedFrames,
  );
  new Counter({
    name: "muster_realtime_limited_total",
    help: "What limits of real-time rooms have stopped.",
    labelNames: ["limit"],
    registers,
    collect() {
      const { limited } = figures().counts;
      this.reset();
      for (const limit of REALTIME_LIMITS) this.inc({ limit }, limited[limit]);
    },
  });
  counter(
    "packets_missed",
    "Times that a worker missed what the owner of a room sent.",
    ({ counts }) => counts.missedPackets,
  );
  counter(
    "takeovers",
    "Rooms taken over from another worker, or gone on with after a start.",
    ({ counts }) => counts.takeovers,
  );
  counter(
    "handovers",
    "Rooms that another worker, which stopped or was overloaded, handed over.",
    ({ counts }) => counts.handovers,
  );
  histogram(
    "takeover_gap",
    "At a take-over or hand-over, from the last commit before to the first after it.",
    ({ counts }) => counts.gaps,
  );
  counter(
    "fenced",
    "Rooms that a worker gave up because another one had taken them.",
    ({ counts }) => counts.fenced,
  );
}
