/** Whether a value is the same after a round trip through JSON, as a state must be: another worker reads it from the store. Bytes are. */

/** @returns what is not, and where it stands; undefined where all is well */
export function jsonProblemOf(value: unknown, path = "state"): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number")
    return Number.isFinite(value) ? undefined : `${path} is ${String(value)}, which JSON has not`;
  if (typeof value !== "object")
    return `${path} is ${value === undefined ? "undefined" : `a ${typeof value}`}`;
  // Clients may send bytes as values, and a store gives them back.
  if (value instanceof Uint8Array) return undefined;
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) {
      const problem = jsonProblemOf(one, `${path}[${at}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    return `${path} is a ${String(prototype.constructor?.name)}, not a plain object`;
  for (const [name, one] of Object.entries(value)) {
    const problem = jsonProblemOf(one, `${path}.${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
