/** Options where no compiler has looked: a name that does not exist would else be without effect. */
import { didYouMean } from "../core/did-you-mean.ts";

/** Every option: one that is forgotten does not compile. */
export type OptionNames<O> = { readonly [K in keyof Required<O>]: true };

/** @throws TypeError for a name that is none of these, with the nearest one */
export function checkNames<O extends object>(options: O, names: OptionNames<O>): void {
  const known = Object.keys(names);
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw new TypeError(`there is no option ${name}${didYouMean(name, known)}`);
}
