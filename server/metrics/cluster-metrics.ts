/** The metrics of all workers added up: asked over the bus, since PM2's primary process is not ours. */

import { randomUUID } from "node:crypto";
import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from "prom-client";
import type { WorkerId } from "../../core/ids.ts";
import { topic } from "../../core/ports/bus.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store.ts";

/** How long the others have to answer a scrape. */
const ANSWER_MS = 800;

type Snapshot = MetricObjectWithValues<MetricValue<string>>[];

interface Asked {
  readonly id: string;
  readonly by: WorkerId;
}
interface Told {
  readonly id: string;
  readonly by: WorkerId;
  readonly metrics: Snapshot;
}

const askTopic = topic<Asked>("metrics:ask");
const tellTopic = topic<Told>("metrics:tell");

export interface ClusterMetrics {
  /** Prometheus text of all workers that answered in time; of this one alone while the store is away. */
  text(): Promise<string>;
  close(): void;
}

export async function createClusterMetrics(
  store: Store,
  worker: WorkerId,
  registry: Registry,
  log: Log,
): Promise<ClusterMetrics> {
  const asked = new Map<string, (told: Told) => void>();
  const snapshot = () => registry.getMetricsAsJSON() as Promise<Snapshot>;

  const ends = [
    await store.bus.subscribe(askTopic, ({ id, by }) => {
      if (by === worker) return;
      snapshot()
        .then((metrics) => store.bus.publish(tellTopic, { id, by: worker, metrics }))
        .catch((err: unknown) => log.warn({ err }, "metrics could not be told"));
    }),
    await store.bus.subscribe(tellTopic, (told) => asked.get(told.id)?.(told)),
  ];

  async function others(): Promise<Snapshot[]> {
    if (store.kind === "embedded" || !store.health().ok) return [];
    const expected = (await store.presence.workers()).filter((other) => other.worker !== worker).length;
    if (expected === 0) return [];
    const id = randomUUID();
    const answers = new Map<WorkerId, Snapshot>();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      asked.set(id, ({ by, metrics }) => {
        answers.set(by, metrics);
        if (answers.size < expected) return;
        clearTimeout(timer);
        resolve();
      });
      void store.bus.publish(askTopic, { id, by: worker });
    });
    asked.delete(id);
    return [...answers.values()];
  }

  return {
    async text() {
      const rest = await others().catch((err: unknown) => {
        log.debug({ err }, "the other workers' metrics could not be had");
        return [];
      });
      return AggregatorRegistry.aggregate([await snapshot(), ...rest]).metrics();
    },
    close() {
      for (const end of ends) end();
    },
  };
}
