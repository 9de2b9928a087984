/** Where this package is, and which version it has. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The folder with package.json: the same from the sources and from dist/. */
export function projectRoot(from: string = import.meta.dirname): string {
  const parent = path.dirname(from);
  if (existsSync(path.join(from, "package.json")) || parent === from) return from;
  return projectRoot(parent);
}

/** The version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(path.join(projectRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
