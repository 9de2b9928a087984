/**
 * Puts the server's process into one file with the packages that it uses. To find and read 1,300 modules took Node 0.7 of the 1.2 seconds of
 * CPU until a process listened. What is loaded later, such as a store, is a file beside it: `start-*.js`.
 *
 *     makeOneFile("dist")   replaces dist/server/main.js
 *
 * The compiled modules stay for those who import them. Nothing is shared between both: the process loads no code of an application.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
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

/** Packages that look for files beside themselves, where the one file is not: what they find them by. */
const BESIDE = new Map([
  // The client that it serves at /socket.io/socket.io.js.
  ["socket.io/dist/index.js", 'require("node:path").dirname(require.resolve("socket.io"))'],
  // Workers that write logs: not used here.
  ["pino/lib/transport.js", undefined],
  ["thread-stream/index.js", undefined],
]);

/** Fails the build for a package whose files would not be found. */
const filesBeside = {
  name: "files-beside",
  setup(building) {
    building.onLoad({ filter: /[\\/]node_modules[\\/].+\.c?js$/ }, async ({ path: file }) => {
      const contents = await readFile(file, "utf8");
      if (!/\b__dirname\b/.test(contents)) return undefined;
      const name = file.split(path.sep).join("/").split("/node_modules/").at(-1);
      if (!BESIDE.has(name))
        return { errors: [{ text: `${name} looks for files beside itself: see BESIDE` }] };
      const folder = BESIDE.get(name);
      return folder === undefined ? undefined : { contents: contents.replaceAll(/\b__dirname\b/g, folder) };
    });
  },
};

/** @param fresh the folder of what the compiler has made @param root where node_modules is */
export async function makeOneFile(fresh, root) {
  const folder = path.join(fresh, "server");
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path.join(folder, "main.js")],
    outdir: folder,
    allowOverwrite: true,
    chunkNames: "start-[name]-[hash]",
    bundle: true,
    // What is loaded later stays apart.
    splitting: true,
    external: EXTERNAL,
    plugins: [filesBeside],
    logOverride: { "require-resolve-not-external": "silent" },
    format: "esm",
    platform: "node",
    target: "node20",
    // PM2 has Node use source maps. With the first error each worker read the map of all packages: 75 MB that it kept, and 0.3 s in which
    // its clients waited. The file is not minified, and names the module above each part.
    sourcemap: false,
    banner: { js: COMMON_JS },
    logLevel: "error",
    write: false,
  });
  // V8 keeps a text with a single character beyond Latin-1 in two bytes for each. Only comments have such: code is escaped already.
  for (const { path: file, text } of outputFiles)
    await writeFile(file, text.replaceAll("\u00a9", "(c)").replaceAll(/[^\0-\x7f]/g, "?"));
  // The compiler's, of the module that stood there.
  await rm(path.join(folder, "main.js.map"), { force: true });
}
