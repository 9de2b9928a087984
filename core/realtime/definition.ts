/** What a definition of a game must have, before its values are looked at. */

const WORDS = { string: "a text", number: "a number", object: "an object", function: "a function" } as const;

/** @returns a line for each that is missing, or of another kind */
export function missingIn(
  definition: unknown,
  needed: Readonly<Record<string, keyof typeof WORDS>>,
): string[] {
  if (typeof definition !== "object" || definition === null) return ["a definition is a plain object"];
  const fields = new Map(Object.entries(definition));
  return Object.entries(needed).flatMap(([name, kind]) => {
    const value: unknown = fields.get(name);
    if (typeof value === kind && value !== null) return [];
    return [`${name} ${value === undefined ? "is missing: it is" : "must be"} ${WORDS[kind]}`];
  });
}
