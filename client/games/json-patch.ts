/**
 * JSON Patch (RFC 6902) on values that are not changed: what a patch leaves as it was is shared by the old value and the new one. So a
 * view that the application keeps stays as it is, and `===` finds what has changed.
 *
 * Names that all objects share (`__proto__`, `constructor`) are names like others here: only an object's own are looked at, and a computed name
 * makes an own one.
 */

/** One step of a patch, as it comes. */
interface PatchStep {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

type Tree = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The patch does not fit the value, or is none. */
export class PatchError extends Error {
  override readonly name = "PatchError";
}

/** @throws PatchError; then nothing of the patch counts */
export function patched(value: unknown, patch: readonly unknown[]): unknown {
  return patch.reduce((before, step) => stepped(before, isTree(step) ? (step as PatchStep) : {}), value);
}

function stepped(value: unknown, step: PatchStep): unknown {
  const path = keysOf(step.path);
  switch (step.op) {
    case "add":
      return added(value, path, givenBy(step));
    case "remove":
      return removed(value, path);
    case "replace":
      return replaced(value, path, givenBy(step));
    case "copy":
      return added(value, path, found(value, keysOf(step.from)));
    case "move": {
      const from = keysOf(step.from);
      if (from.length < path.length && from.every((key, at) => key === path[at]))
        throw new PatchError("a value can't be moved into itself");
      return added(removed(value, from), path, found(value, from));
    }
    case "test":
      if (!isSame(found(value, path), givenBy(step)))
        throw new PatchError(`test ${step.path}: another value`);
      return value;
    default:
      throw new PatchError(`there is no operation ${String(step.op)}`);
  }
}

function givenBy(step: PatchStep): unknown {
  if (!Object.hasOwn(step, "value")) throw new PatchError("a value is missing");
  return step.value;
}

/** The keys of a JSON Pointer (RFC 6901). */
function keysOf(pointer: unknown): readonly string[] {
  if (pointer === "") return [];
  if (typeof pointer !== "string" || !pointer.startsWith("/"))
    throw new PatchError(`${String(pointer)} is no JSON Pointer`);
  return pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

function found(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at, key) => childOf(at, key), value);
}

function childOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[indexOf(key, value.length - 1)];
  if (!isTree(value) || !Object.hasOwn(value, key)) throw new PatchError(`there is nothing at ${key}`);
  return (value as Readonly<Record<string, unknown>>)[key];
}

function indexOf(key: string, last: number): number {
  const index = /^(?:0|[1-9]\d{0,8})$/.test(key) ? Number(key) : Number.NaN;
  if (!(index <= last)) throw new PatchError(`there is no place ${key}`);
  return index;
}

/** The value with another one in place of that at the path, whose parent `change` makes anew. */
function changed(
  value: unknown,
  path: readonly string[],
  change: (parent: Tree, key: string) => Tree,
): unknown {
  const [key, ...rest] = path;
  if (key === undefined || !isTree(value)) throw new PatchError("there is no such place");
  if (rest.length === 0) return change(value, key);
  return withChild(value, key, changed(childOf(value, key), rest, change));
}

function withChild(parent: Tree, key: string, child: unknown): Tree {
  return Array.isArray(parent)
    ? spliced(parent, indexOf(key, parent.length - 1), 1, child)
    : { ...parent, [key]: child };
}

/** Browsers of two years ago have no `toSpliced`. */
function spliced(list: readonly unknown[], at: number, gone: number, ...come: unknown[]): unknown[] {
  return [...list.slice(0, at), ...come, ...list.slice(at + gone)];
}

function added(value: unknown, path: readonly string[], child: unknown): unknown {
  if (path.length === 0) return child;
  return changed(value, path, (parent, key) => {
    if (!Array.isArray(parent)) return { ...parent, [key]: child };
    return spliced(parent, key === "-" ? parent.length : indexOf(key, parent.length), 0, child);
  });
}

function removed(value: unknown, path: readonly string[]): unknown {
  return changed(value, path, (parent, key) => {
    childOf(parent, key);
    if (Array.isArray(parent)) return spliced(parent, indexOf(key, parent.length - 1), 1);
    const { [key]: _, ...rest } = parent as Readonly<Record<string, unknown>>;
    return rest;
  });
}

function replaced(value: unknown, path: readonly string[], child: unknown): unknown {
  if (path.length === 0) return child;
  return changed(value, path, (parent, key) => {
    childOf(parent, key);
    return withChild(parent, key, child);
  });
}

/** Equal as JSON is: the order of an object's names does not count. */
function isSame(one: unknown, other: unknown): boolean {
  if (!isTree(one) || !isTree(other)) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every(
    (name) => Object.hasOwn(other, name) && isSame(one[name as never], other[name as never]),
  );
}
