/** A plan as text. */
import type { Plan } from "./model.ts";

const whole = (value: number) => Math.round(value).toLocaleString("en");
const some = (value: number) => (value >= 10 ? whole(value) : value.toFixed(2));

/** One line each, name and value. */
export function planLines(plan: Plan): readonly (readonly [string, string])[] {
  const { workers, primaries } = plan;
  return [
    [
      "workers",
      workers === undefined ? "no number is enough" : `${whole(workers)}, by their ${plan.workersBy}`,
    ],
    ["cores of workers in use", some(plan.workerCores)],
    ["memory of workers", `${whole(plan.workerMb)} MB`],
    ["Redis primaries", primaries === undefined ? "more than 16" : whole(primaries)],
    ["cores of Redis in use", some(plan.redisCores)],
    ["Redis operations a second", whole(plan.redisOperations)],
    ["memory of Redis", `${whole(plan.redisMb)} MB`],
    ["to clients", `${some(plan.clientMbits)} Mbit/s`],
    ["from Redis to workers", `${some(plan.redisMbits)} Mbit/s`],
    ["first bottleneck", bottleneckOf(plan)],
  ];
}

/** What is full first, however much is bought. */
export function bottleneckOf({ limits: [first] }: Plan): string {
  if (first === undefined) return "none that cannot be bought";
  const { name, factor } = first;
  return factor < 1
    ? `${name}: full at ${factor.toFixed(2)} of this load`
    : `${name}: full at ${factor >= 10 ? whole(factor) : factor.toFixed(1)} times this load`;
}
