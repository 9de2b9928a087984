/** Which users there are, in which process each is, and when it comes. */
import type { LoadParameters, Scenario } from "../scenario.ts";

export interface LoadPlan {
  /** A text that no other run has. */
  readonly run: string;
  readonly users: number;
  readonly groupSize: number;
  readonly processes: number;
  readonly rampMs: number;
  readonly durationMs: number;
  readonly seed: number;
  /** Users take them in turn. */
  readonly urls: readonly string[];
  readonly params: LoadParameters;
}

/** How many users act together. @throws TypeError where the scenario's own function gives something else */
export function groupSizeOf(scenario: Scenario, params: LoadParameters): number {
  const { group = 1, name } = scenario;
  const size = typeof group === "function" ? group(params) : group;
  if (!Number.isInteger(size) || size < 1 || size > 100_000)
    throw new TypeError(`${name}: group is ${size}, and not a whole number from 1 to 100000`);
  return size;
}

export const userIdOf = ({ run }: Pick<LoadPlan, "run">, index: number) => `load-${run}-${index}`;

/** When a user comes, in milliseconds after the beginning. */
export const comesAt = ({ users, rampMs }: Pick<LoadPlan, "users" | "rampMs">, index: number) =>
  (index / users) * rampMs;

/** The users of each group of a process; a group is never in two. */
export function groupsOf(
  { users, groupSize, processes }: Pick<LoadPlan, "users" | "groupSize" | "processes">,
  process: number,
): { readonly number: number; readonly indexes: readonly number[] }[] {
  const groups: { number: number; indexes: number[] }[] = [];
  for (let number = process; number * groupSize < users; number += processes) {
    const first = number * groupSize;
    const size = Math.min(groupSize, users - first);
    groups.push({ number, indexes: Array.from({ length: size }, (_, seat) => first + seat) });
  }
  return groups;
}
