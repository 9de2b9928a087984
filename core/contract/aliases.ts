/**
 * Other words in which public clients say a command: other names of it, other names of its fields. They are part of the contract, so
 * that the command's limits, checks, order and reference are the same in whatever words it comes.
 */

export type Given = Readonly<Record<string, unknown>>;

export interface Aliases {
  /** What else is taken of the fields, for the reference. */
  readonly note?: string;
  /** Other names of the command. An application's own event of such a name goes before. */
  readonly names?: readonly string[];
  /** A payload in the contract's words. What it does not know it leaves as it is; it must not throw. */
  readonly read?: (given: Given) => Given;
}

/** An object as JSON makes it: bytes, and what stands for a payload that was refused, are none. */
function isGiven(raw: unknown): raw is Given {
  if (typeof raw !== "object" || raw === null) return false;
  const prototype: unknown = Object.getPrototypeOf(raw);
  return prototype === Object.prototype || prototype === null;
}

/** The payload in the contract's words; what is no object is left to the check. */
export function reword({ read }: { readonly read: Aliases["read"] }, raw: unknown): unknown {
  if (read === undefined) return raw;
  const given = raw === undefined ? {} : raw;
  return isGiven(given) ? read(given) : raw;
}

/** Fields that stand in an object of the payload, taken out of it; those that stand in the payload itself go before. */
export const fieldsOf =
  (holder: string, names: readonly string[]) =>
  (given: Given): Given => {
    const { [holder]: held, ...rest } = given;
    if (!isGiven(held)) return given;
    const found = names.filter((name) => Object.hasOwn(held, name)).map((name) => [name, held[name]]);
    return { ...Object.fromEntries(found), ...rest };
  };

/** A field by another name; the contract's own goes before. */
export const fieldAlso =
  (name: string, other: string) =>
  (given: Given): Given =>
    given[name] !== undefined || given[other] === undefined ? given : { ...given, [name]: given[other] };
