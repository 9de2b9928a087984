/** Labels of a room, by which others find it: what a game says of them, and what a client gives. */
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Default } from "typebox/value";
import { copyOf } from "../bytes.ts";
import { GameError } from "../contract/errors.ts";
import { didYouMean } from "../did-you-mean.ts";

export type Label = string | number | boolean;
export type Labels = Readonly<Record<string, Label>>;

export const LABEL_NAME = "^[a-z][a-z0-9_]{0,39}$";
export const MAX_LABELS = 8;
export const MAX_LABEL_LENGTH = 80;

/**
 * The labels with the defaults of the others.
 * @throws GameError `invalid_payload` for labels that the game does not have
 */
export type ParseLabels = (given: Labels) => Labels;

/** The parts of a JSON schema that say which labels there are. */
interface LabelsSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** @param schema of the game's labels. Left out: any labels. */
export function labelsParser(schema: TSchema | undefined, game: string): ParseLabels {
  if (schema === undefined) return checkCount;
  const validator = Compile(schema);
  const names = Object.keys((schema as LabelsSchema).properties ?? {});
  return (given) => {
    checkKnown(Object.keys(given), names, game);
    const labels = Default(schema, copyOf(given)) as Labels;
    const [wrong] = validator.Check(labels) ? [] : validator.Errors(labels);
    if (wrong !== undefined)
      throw wrongLabels(`label ${wrong.instancePath.slice(1)} of ${game}: ${wrong.message}`.trim());
    return labels;
  };
}

function checkCount(labels: Labels): Labels {
  if (Object.keys(labels).length > MAX_LABELS) throw wrongLabels(`a room has ${MAX_LABELS} labels at most`);
  return labels;
}

/** @throws GameError for a label that the game does not have */
export function checkKnown(given: readonly string[], known: readonly string[], game: string): void {
  for (const name of given)
    if (!known.includes(name)) throw wrongLabels(`${game} has no label ${name}${didYouMean(name, known)}`);
}

export const wrongLabels = (message: string) => new GameError("invalid_payload", { message });

/** Every mistake in a game's schema of labels. */
export function problemsOfLabels(schema: TSchema | undefined): string[] {
  if (schema === undefined) return [];
  const { type, properties = {} } = schema as LabelsSchema;
  if (type !== "object") return ["labels must be an object schema"];
  const names = Object.keys(properties);
  const problems: string[] = [];
  if (names.length > MAX_LABELS) problems.push(`a room has ${MAX_LABELS} labels at most`);
  for (const name of names)
    if (!new RegExp(LABEL_NAME).test(name))
      problems.push(`label "${name}" must be lower case letters, digits and _`);
  const defaults = Default(schema, {});
  if (!Compile(schema).Check(defaults)) problems.push("each label must be optional, or have a default");
  else
    for (const [name, value] of Object.entries(defaults as Record<string, unknown>))
      if (!isLabel(value))
        problems.push(`the default of label "${name}" must be a short text, a number, true or false`);
  return problems;
}

const isLabel = (value: unknown): boolean =>
  typeof value === "boolean" ||
  Number.isFinite(value) ||
  (typeof value === "string" && value.length <= MAX_LABEL_LENGTH);
