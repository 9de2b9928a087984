/** What is derived from the tree of settings: paths, names, and the type of the configuration's fields. */
import { type TObject, type TSchema, Type } from "typebox";
import { type About, infoOf, type Setting, type SettingInfo } from "./setting.ts";
import { SETTINGS } from "./settings/index.ts";

/** A union with a member for each setting. */
type EntriesOf<S, Path extends string = ""> =
  S extends Setting<infer T, infer Suffix, infer A>
    ? { readonly path: Path; readonly value: T; readonly suffix: Suffix; readonly about: A }
    : S extends TObject<infer P>
      ? {
          [K in keyof P & string]: EntriesOf<P[K], Path extends "" ? K : `${Path}.${K}`>;
        }[keyof P & string]
      : never;
type Entry = EntriesOf<typeof SETTINGS>;

export type SettingPath = Entry["path"];
export type ValueOf<P extends SettingPath> = Extract<Entry, { readonly path: P }>["value"];
/** Settings whose default depends on others. */
export type ComputedPath = Extract<Entry, { readonly about: { readonly computed: string } }>["path"];

type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type FieldOf<E> = E extends Entry
  ? E["about"] extends { readonly input: true } | { readonly unused: string }
    ? never
    : E["about"] extends { readonly field: infer F extends string }
      ? F
      : `${Camel<E["path"]>}${E["suffix"]}`
  : never;
type IsAlwaysSet<E extends Entry> = null extends E["value"]
  ? false
  : E["about"] extends { readonly default: unknown } | { readonly computed: string }
    ? true
    : false;
type FieldsThatAre<Set extends boolean> = {
  readonly [E in Entry as IsAlwaysSet<E> extends Set ? FieldOf<E> : never]: Exclude<E["value"], null>;
};

type Head<S> = S extends `${infer H}.${string}` ? H : never;
type Leaf<S> = S extends `${string}.${string}` ? never : S;
type Below<F, H extends string> = {
  readonly [K in keyof F as K extends `${H}.${infer Rest}` ? Rest : never]: F[K];
};
type Nested<F> = { readonly [K in Leaf<keyof F> & keyof F]: F[K] } & {
  readonly [H in Head<keyof F>]: Nested<Below<F, H>>;
};
type NestedOptional<F> = { readonly [K in Leaf<keyof F> & keyof F]?: F[K] } & {
  readonly [H in Head<keyof F>]: NestedOptional<Below<F, H>>;
};
/** The configuration's fields that are settings. */
export type Fields = Nested<FieldsThatAre<true>> & NestedOptional<FieldsThatAre<false>>;

function collect(schema: TSchema, path: string, found: Map<string, SettingInfo>): Map<string, SettingInfo> {
  const info = infoOf(schema);
  if (info) found.set(path, info);
  else if (Type.IsObject(schema))
    for (const [key, inner] of Object.entries(schema.properties))
      collect(inner, path === "" ? key : `${path}.${key}`, found);
  return found;
}

const INFOS = collect(SETTINGS, "", new Map());

export const SETTING_PATHS = [...INFOS.keys()] as readonly SettingPath[];

export function settingAt(path: SettingPath): SettingInfo {
  const info = INFOS.get(path);
  if (!info) throw new Error(`there is no setting ${path}`);
  return info;
}

/** Where the configuration has the value of a setting. */
export function fieldOf(path: SettingPath): string {
  const { type, about }: { readonly type: SettingInfo["type"]; readonly about: About } = settingAt(path);
  const camel = path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return about.field ?? `${camel}${type.suffix ?? ""}`;
}
