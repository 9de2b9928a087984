/** The events of all namespaces by their names, for who has misspelt one or sent it to the wrong place. */
import type { Contract, NamespaceName } from "../core/contract/contract.ts";
import { didYouMean } from "../core/did-you-mean.ts";
import { commonCommands } from "../middleware/common.ts";
import type { CustomEvent } from "./custom-events.ts";

/** Longer names are nobody's mistake in writing, and comparing them costs. */
const MAX_LENGTH = 64;

/** @returns a function that says what stands behind `there is no such event`: nothing where no name is near */
export function createNearestEvent(contracts: readonly Contract[], events: readonly CustomEvent[]) {
  const names = new Map<NamespaceName, string[]>();
  for (const { namespace, commands } of contracts)
    names.set(namespace, [...Object.keys(commands), ...Object.keys(commonCommands)]);
  for (const { namespace, name } of events) names.get(namespace)?.push(name);
  return ({ namespace }: { readonly namespace: NamespaceName }, event: string): string => {
    if (event.length > MAX_LENGTH) return "";
    const elsewhere = [...names].find(([other, known]) => other !== namespace && known.includes(event));
    if (elsewhere) return `; it is an event of ${elsewhere[0]}`;
    const near = didYouMean(event, names.get(namespace) ?? []);
    if (near !== "") return near;
    for (const [other, known] of names) {
      const there = other === namespace ? "" : didYouMean(event, known);
      if (there !== "") return there.replace(/\?$/, ` of ${other}?`);
    }
    return "";
  };
}
