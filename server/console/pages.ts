/** The console's page at `/console`, and what it needs below that. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import express, { Router } from "express";
import { projectRoot } from "../package-version.ts";

const require = createRequire(import.meta.url);
const CACHED = { maxAge: 60_000, index: false, redirect: false } as const;
/** Of the package: the module and its style. */
const PLOT_FILES = ["uPlot.esm.js", "uPlot.min.css"];

export function consolePages(): Router {
  const web = path.join(projectRoot(), "web", "console");
  const plots = path.join(path.dirname(require.resolve("uplot/package.json")), "dist");
  const router = Router({ strict: true });
  if (!existsSync(path.join(web, "index.html"))) return router;
  router.get("/console", (_req, res) => res.sendFile("index.html", { root: web }));
  router.get("/console/", (_req, res) => res.redirect("../console"));
  router.use("/console/app", express.static(web, CACHED));
  for (const file of PLOT_FILES)
    router.get(`/console/uplot/${file}`, (_req, res) =>
      res.sendFile(file, { root: plots, maxAge: CACHED.maxAge }),
    );
  return router;
}
