/** Scenarios by their names, where they are shipped, or by the file of the author. */
import { existsSync } from "node:fs";
import { register } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { didYouMean } from "../../../core/did-you-mean.ts";
import type { LoadParameters, Scenario } from "../../../load/scenario.ts";
import { LoadRunError, textOf } from "./failures.ts";

/** In the order of the namespaces. */
export const SHIPPED = [
  "rooms",
  "game",
  "chat",
  "combat",
  "world",
  "matchmaking",
  "realtime",
  "websocket",
] as const;

/** `.ts` where this runs from its sources, else `.js`. */
const EXTENSION = path.extname(import.meta.url);
const shippedFile = (name: string) =>
  fileURLToPath(new URL(`../../../load/scenarios/${name}${EXTENSION}`, import.meta.url));

const isShipped = (name: string) => SHIPPED.some((one) => one === name);
const isFile = (name: string) => /[/\\]|\.[cm]?[jt]s$/.test(name);

/** @param named a shipped name, or a file. @throws LoadRunError */
export async function loadScenario(named: string): Promise<Scenario> {
  if (isShipped(named)) return scenarioOf(await import(pathToFileURL(shippedFile(named)).href), named);
  if (!isFile(named))
    throw new LoadRunError(
      "scenario_not_found",
      `${named} is no shipped scenario${didYouMean(named, SHIPPED)} (--list has them), and no file such as ./${named}.ts`,
    );
  const file = path.resolve(named);
  if (!existsSync(file)) throw new LoadRunError("scenario_not_found", `there is no file ${named}`);
  if (/\.[cm]?ts$/.test(file)) readTypeScript(file);
  let module: object;
  try {
    module = (await import(pathToFileURL(file).href)) as object;
  } catch (thrown) {
    throw new LoadRunError("scenario_invalid", `${named} can't be loaded: ${textOf(thrown)}`, {
      cause: thrown,
    });
  }
  return scenarioOf(module, named);
}

function scenarioOf(module: object, named: string): Scenario {
  const found = "default" in module ? module.default : undefined;
  if (typeof found === "object" && found !== null && "isScenario" in found && found.isScenario === true)
    return found as Scenario;
  throw new LoadRunError("scenario_invalid", `${named} has no default export that defineScenario has made`);
}

let isReading = false;

/** Node reads TypeScript from 22.18 on, and before that with a loader such as tsx. Where neither is there, ours does. */
function readTypeScript(file: string): void {
  if (file.endsWith(".cts"))
    throw new LoadRunError("typescript_unsupported", `${file}: a scenario is a module, .ts or .mts`);
  const { typescript } = process.features as { readonly typescript?: unknown };
  const loaders = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  if (isReading || typescript || /tsx|ts-node|swc|strip-types/.test(loaders)) return;
  register(`./typescript-hook${EXTENSION}`, import.meta.url);
  isReading = true;
}

/** The scenario's parameters with those of `--set`. @throws LoadRunError */
export function parametersOf(scenario: Scenario, given: readonly string[]): LoadParameters {
  const params: Record<string, number | string | boolean> = { ...scenario.params };
  for (const one of given) {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
    const wrong = (what: string) => new LoadRunError("scenario_invalid", `--set ${one}: ${what}`);
    if (!Object.hasOwn(params, name)) {
      const known = Object.keys(params);
      const have = known.length === 0 ? "has none" : `has ${known.join(", ")}`;
      throw wrong(
        `${name || one} is no parameter of ${scenario.name}${didYouMean(name, known)} (it ${have})`,
      );
    }
    params[name] = typed(params[name], value, wrong);
  }
  return params;
}

function typed(known: unknown, value: string, wrong: (what: string) => Error): number | string | boolean {
  if (typeof known === "string") return value;
  if (typeof known === "boolean") {
    if (value !== "true" && value !== "false") throw wrong("true or false");
    return value === "true";
  }
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) throw wrong("not a number");
  return number;
}
