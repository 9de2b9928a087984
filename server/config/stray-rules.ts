/** Finds rules of `rate_limits` for events that do not exist: such a rule has no effect. */
import type { Contract } from "../../core/contract/contract.ts";
import { didYouMean } from "../../core/did-you-mean.ts";
import { commonCommands } from "../../middleware/common.ts";
import type { CustomEvent } from "../custom-events.ts";
import type { Config } from "./config.ts";

/** @returns a line for each, for the operator */
export function strayRules(
  { events, roles }: Pick<Config["rateLimits"], "events" | "roles">,
  contracts: readonly Contract[],
  custom: readonly Pick<CustomEvent, "name">[],
): string[] {
  const commands = contracts.flatMap(({ commands }) => Object.entries(commands));
  const names = new Set([
    ...commands.map(([name]) => name),
    ...Object.keys(commonCommands),
    ...custom.map(({ name }) => name),
  ]);
  const contractNameOf = new Map(
    commands.flatMap(([name, { aliases }]) => (aliases?.names ?? []).map((other) => [other, name] as const)),
  );
  const given = [
    ...Object.keys(events).map((name) => ({ name, path: `rate_limits.events.${name}` })),
    ...Object.entries(roles).flatMap(([role, rules]) =>
      Object.keys(rules).map((name) => ({ name, path: `rate_limits.roles.${role}.${name}` })),
    ),
  ];
  return given
    .filter(({ name }) => !names.has(name))
    .map(({ name, path }) => {
      const meant = contractNameOf.get(name);
      const hint = meant === undefined ? didYouMean(name, [...names]) : `; its limit goes by ${meant}`;
      return `${path} has no effect: ${meant === undefined ? "there is no such event" : "it is another name of an event"}${hint}`;
    });
}
