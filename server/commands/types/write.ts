/** Types of a document in one language. */
import { csharpOf } from "./csharp.ts";
import { namespacesOf } from "./document.ts";
import { gdscriptOf } from "./gdscript.ts";

const WRITERS = { csharp: csharpOf, gdscript: gdscriptOf } as const;
export type TypesLanguage = keyof typeof WRITERS;
export const LANGUAGES = ["csharp", "gdscript"] as const satisfies readonly TypesLanguage[];

/**
 * @param document an AsyncAPI document of a Muster server
 * @param made what the head of the file says of its origin
 * @throws DocumentError where types cannot be made of it
 */
export const typesOf = (language: TypesLanguage, document: unknown, made: string): string =>
  WRITERS[language](namespacesOf(withoutOddLines(document)), made);

/** Ends of lines to some compilers and not to JSON: behind one, what is a comment or a text here would be code there. */
const ODD_LINES = /[\u007f-\u009f\u2028\u2029]/g;

const withoutOddLines = (document: unknown): unknown =>
  JSON.parse(JSON.stringify(document).replace(ODD_LINES, " "));
