/** Metrics of the whole cluster: Prometheus text, the XR clients' report, the text RPG's route. */
import { iso } from "../../core/time.ts";
import type { ClusterMetrics } from "../metrics/cluster-metrics.ts";
import { figuresOf, reportOf } from "../metrics/report.ts";
import { type Route, type RouteAccess, route } from "./route.ts";
import { MetricsAnswer } from "./schemas.ts";

const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

export interface MetricsRouteDeps {
  readonly metrics: Pick<ClusterMetrics, "text" | "list">;
  readonly access: RouteAccess;
  now(): number;
}

export function metricsRoutes({ metrics, access, now }: MetricsRouteDeps): Route[] {
  const asJson = async () => {
    const figures = figuresOf(await metrics.list());
    return { report: reportOf(figures), timestamp: iso(now()), metrics: figures };
  };
  return [
    route(
      {
        method: "get",
        path: "/metrics",
        summary:
          "Metrics of all workers, added up: Prometheus text, or a JSON report with `Accept: application/json`.",
        access,
        answers: { 200: { description: "Prometheus text", type: "text/plain" } },
        alternatives: [{ description: "The report with its figures", schema: MetricsAnswer }],
      },
      async ({ req, res }) => {
        if (req.accepts(["text", "json"]) === "json") res.json(await asJson());
        else res.type(PROMETHEUS).send(await metrics.text());
      },
    ),
    route(
      {
        method: "get",
        path: "/api/v1/websocket/metrics",
        summary: "The report and its figures, under the name that the text RPG's clients use.",
        access,
        answers: { 200: { description: "Of all workers", schema: MetricsAnswer } },
      },
      async ({ res }) => void res.json(await asJson()),
    ),
  ];
}
