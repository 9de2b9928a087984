/** The playable demo page at `/`, and what it needs below `/demo/`. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Router } from "express";

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
