/** JSON Patches (RFC 6902) between two views of a game, where they are the shorter way to tell. */
import jsonPatch, { type Operation } from "fast-json-patch";
import { holdsBytes } from "../../core/bytes.ts";

/** Names that appliers of patches refuse, because they lead out of the document. */
const REFUSED = /\/(?:__proto__|constructor|prototype)(?:\/|$)/;
/** A patch of more steps than this is not looked at further: the whole view is told. */
const MAX_STEPS = 200;

/** The patch that makes `after` of `before`; undefined where the whole of `after` is to be told instead. */
export function patchBetween(before: unknown, after: unknown): Operation[] | undefined {
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) return undefined;
  // A patch is of JSON, which has no bytes.
  if (holdsBytes(before) || holdsBytes(after)) return undefined;
  const patch = jsonPatch.compare(before, after);
  if (patch.length > MAX_STEPS || patch.some(({ path }) => REFUSED.test(path))) return undefined;
  return JSON.stringify(patch).length < JSON.stringify(after).length ? patch : undefined;
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
