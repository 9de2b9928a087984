/** Writes generated/ from muster.proto with the local protobufjs-cli, without network. `node proto/generate.mjs [folder]` */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(here, "generated"));
const require = createRequire(import.meta.url);
const { pbjs, pbts } = require("protobufjs-cli");

const unused = ["create", "verify", "convert", "delimited", "service", "typeurl"].map(
  (part) => `--no-${part}`,
);
const generate = (file, ...options) =>
  promisify(pbjs.main)([
    ...["--target", "static-module", "--wrap", "es6", "--keep-case", ...unused, ...options],
    ...["--out", file, path.join(here, "muster.proto")],
  ]);

mkdirSync(folder, { recursive: true });
const code = path.join(folder, "muster.js");
// The types are read out of comments, which the code itself does without.
const commented = path.join(folder, "commented.js");
await generate(commented);
await promisify(pbts.main)(["--out", path.join(folder, "muster.d.ts"), commented]);
rmSync(commented);
await generate(code, "--no-comments");
// Node resolves modules by their file names.
writeFileSync(code, readFileSync(code, "utf8").replace('"protobufjs/minimal"', '"protobufjs/minimal.js"'));
