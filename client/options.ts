/** Options where no compiler has looked: a name that does not exist would else be without effect. */

/** Every option: one that is forgotten does not compile. */
export type OptionNames<O> = { readonly [K in keyof Required<O>]: true };

/** @throws TypeError for a name that is none of these, and names them */
export function checkNames<O extends object>(options: O, names: OptionNames<O>): void {
  const known = Object.keys(names);
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw new TypeError(`no option ${name}, only ${known.join(", ")}`);
}
