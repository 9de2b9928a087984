/** The metrics of all workers added up: asked over the bus, since PM2's primary process is not ours. */
import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from "prom-client";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createClusterRequest } from "../cluster/request.ts";

export type MetricList = MetricObjectWithValues<MetricValue<string>>[];

export interface ClusterMetrics {
  /** Prometheus text of all workers that answered in time; of this one alone while the store is away. */
  text(): Promise<string>;
  /** The same as data. */
  list(): Promise<MetricList>;
  close(): void;
}

export async function createClusterMetrics(
  store: Store,
  worker: WorkerId,
  registry: Registry,
  log: Log,
): Promise<ClusterMetrics> {
  const request = await createClusterRequest<null, MetricList>({
    store,
    worker,
    log,
    name: "metrics",
    answer: () => registry.getMetricsAsJSON() as Promise<MetricList>,
  });
  const aggregate = async () => AggregatorRegistry.aggregate(await request.ask(null));
  return {
    text: async () => (await aggregate()).metrics(),
    list: async () => (await (await aggregate()).getMetricsAsJSON()) as MetricList,
    close: () => request.close(),
  };
}
