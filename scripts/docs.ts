/** `npm run docs`: the references that are derived from the code. A test holds the files equal to what this makes. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { referenceDocuments } from "../test/project/reference.ts";

const root = path.resolve(import.meta.dirname, "..");
for (const [file, text] of referenceDocuments()) {
  writeFileSync(path.join(root, file), text);
  console.log(`wrote ${file}`);
}
