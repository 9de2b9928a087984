/**
 * One setting in the tree: a TypeBox schema of what may be written in YAML, with all else that is to be known of it. The type of the
 * configuration, the environment names, the example file, the reference page and the JSON schema are derived from the tree.
 */
import { type TOptional, type TSchema, type TUnsafe, Type } from "typebox";
import type { SettingType } from "./setting-types.ts";

export interface About {
  /** A phrase for people. */
  readonly description: string;
  /** As it is written in YAML. Absent: there is none. */
  readonly default?: unknown;
  /** Says what the default depends on; computed.ts has the rule. */
  readonly computed?: string;
  /** Something to try, as it is written in YAML, where there is no default to show. */
  readonly example?: unknown;
  /** Names in the environment, which wins over the file. Several must agree. */
  readonly env: readonly [string, ...string[]];
  /** Names that mean something else elsewhere: a later one gives way to an earlier one without a word. */
  readonly fallbackEnv?: readonly string[];
  /** Never shown. */
  readonly secret?: true;
  /** The field of the configuration. Default: the path in camel case, with the unit, as in `websocket.pingIntervalMs`. */
  readonly field?: string;
  /** No field of the configuration: other fields are made of it. */
  readonly input?: true;
  /** Taken for the sake of other servers' files; says why it has no effect, which is a warning where it is set. */
  readonly unused?: string;
}

export interface SettingInfo<T = unknown, Suffix extends string = string, A extends About = About> {
  readonly type: SettingType<T, Suffix>;
  readonly about: A;
}

/** Where a schema of the tree keeps what JSON does not show. */
const INFO = "~setting";

export type Setting<T, Suffix extends string, A extends About> = TOptional<TUnsafe<T>> & {
  readonly [INFO]: SettingInfo<T, Suffix, A>;
};

/** @throws Error for a default that is not one of the type's values */
export function setting<T, Suffix extends string, const A extends About>(
  type: SettingType<T, Suffix>,
  about: A,
): Setting<T, Suffix, A> {
  if (about.default !== undefined && type.read(about.default) === undefined)
    throw new Error(`${about.env[0]}: the default is not ${type.allowed}`);
  const schema = Type.Optional(
    Type.Unsafe<T>({
      ...type.written,
      description: `${about.description.replace(/\.?$/, ".")} [${about.env.join(" or ")}]`,
      ...(about.default === undefined ? {} : { default: about.default }),
      ...(about.example === undefined ? {} : { examples: [about.example] }),
      ...(about.secret ? { writeOnly: true } : {}),
      ...(about.unused === undefined ? {} : { deprecated: true }),
    }),
  );
  const info: SettingInfo<T, Suffix, A> = { type, about };
  return Object.defineProperty(schema, INFO, { value: info, enumerable: false }) as Setting<T, Suffix, A>;
}

/** A section of the tree: settings, or sections. */
export const section = <P extends Record<string, TSchema>>(description: string, properties: P) =>
  Type.Optional(Type.Object(properties, { description, additionalProperties: false }));

export const infoOf = (schema: TSchema): SettingInfo | undefined =>
  INFO in schema ? (schema[INFO] as SettingInfo) : undefined;
