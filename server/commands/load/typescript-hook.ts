/**
 * Lets Node import TypeScript where it can't by itself (before 22.18): types are left out, the rest stays. `npm run build` puts the
 * transform into this file, so that an installed package needs no compiler. `register` of `node:module` loads it.
 */
import { readFile } from "node:fs/promises";
import type { LoadHook } from "node:module";
import { fileURLToPath } from "node:url";
import { transform } from "sucrase";

export const load: LoadHook = async (url, context, next) => {
  if (!/^file:[^?#]*\.m?ts(?:[?#]|$)/.test(url)) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = transform(await readFile(file, "utf8"), {
    transforms: ["typescript"],
    filePath: file,
    // As Node's own does: only imports of types by their word are left out.
    keepUnusedImports: true,
    disableESTransforms: true,
  });
  return { format: "module", source: code, shortCircuit: true };
};
