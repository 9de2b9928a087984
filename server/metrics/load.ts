/** Metrics of how loaded the workers are. `/metrics` covers all workers, so each gauge says how they are put together. */
import { Gauge, type Registry } from "prom-client";
import { LOAD_PARTS, type WorkerLoad } from "../process/worker-load.ts";

type Together = "average" | "max" | "sum";

export function registerLoad(registers: Registry[], load: WorkerLoad): void {
  const gauge = (name: string, help: string, aggregator: Together, read: () => number) =>
    new Gauge({
      ...{ name, help, registers, aggregator },
      collect() {
        this.set(read());
      },
    });
  gauge("muster_workers", "Workers that answered for these figures.", "sum", () => 1);
  gauge(
    "muster_worker_load",
    "How loaded a worker is, from 0 (idle) to 1 (nothing more fits): the average of all workers. Scale by it.",
    "average",
    () => load.load,
  );
  gauge("muster_worker_load_max", "The same of the worker with the highest load.", "max", () => load.load);
  gauge("muster_workers_full", "Workers that refuse new connections and real-time rooms.", "sum", () =>
    Number(load.isFull),
  );
  new Gauge({
    name: "muster_worker_load_part",
    help: "What the load is made of, each part of its own bound, of the worker where it is highest.",
    labelNames: ["part"],
    registers,
    aggregator: "max",
    collect() {
      for (const part of LOAD_PARTS) this.set({ part }, load.parts[part]);
    },
  });
  gauge("muster_overload_level", "0, or how much this worker sheds, up to 3.", "max", () => load.level);
  gauge(
    "muster_event_loop_delay_p99_seconds",
    "How late the event loop was in the last half second.",
    "max",
    () => load.delayMs / 1_000,
  );
}
