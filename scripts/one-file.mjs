/**
 * Puts the server's process into one file with the packages that it uses. To find and read 1,300 modules took Node 0.7 of the 1.2 seconds of
 * CPU until a process listened. What is loaded later, such as a store, is a file beside it: `start-*.js`.
 *
 *     makeOneFile("dist")   replaces dist/server/main.js
 *
 * The compiled modules stay for those who import them. Nothing is shared between both: the process loads no code of an application.
 */
import path from "node:path";
import { build } from "esbuild";

/** Has a native part, which it looks for beside itself. */
const EXTERNAL = ["lmdb"];

/** What packages of CommonJS expect. */
const COMMON_JS = `import { createRequire as requireOfBundle } from "node:module";
import { dirname as dirnameOfBundle } from "node:path";
import { fileURLToPath as pathOfBundle } from "node:url";
const require = requireOfBundle(import.meta.url);
const __filename = pathOfBundle(import.meta.url);
const __dirname = dirnameOfBundle(__filename);`;

/** @param fresh the folder of what the compiler has made @param root where node_modules is */
export async function makeOneFile(fresh, root) {
  const folder = path.join(fresh, "server");
  await build({
    absWorkingDir: root,
    entryPoints: [path.join(folder, "main.js")],
    outdir: folder,
    allowOverwrite: true,
    chunkNames: "start-[name]-[hash]",
    bundle: true,
    // What is loaded later stays apart.
    splitting: true,
    external: EXTERNAL,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
    banner: { js: COMMON_JS },
    logLevel: "error",
  });
}
