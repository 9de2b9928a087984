/** The playable demo page at `/`, and what it needs below `/demo/`. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Router } from "express";

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

/** Beside the sources; seen from `dist`, one folder further up. */
const FOLDERS = ["../../web/", "../../../web/"].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

export function demoPage(): Router {
  const router = Router();
  const folder = FOLDERS.find((candidate) => existsSync(`${candidate}index.html`));
  if (folder === undefined) return router;
  router.get("/", (_req, res) => {
    res.sendFile("index.html", { root: folder });
  });
  for (const file of ["demo.js", "demo.css"])
    router.get(`/demo/${file}`, (_req, res) => {
      res.sendFile(file, { root: folder, maxAge: 60_000 });
    });
  return router;
}
