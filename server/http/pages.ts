/** The playable demo page at `/`, and what it needs below `/demo/`. */

import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Router } from "express";
import { projectRoot } from "../package-version.ts";

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
  router.get("/arena", (_req, res) => {
    res.sendFile("arena.html", { root: folder });
  });
  for (const file of [...FILES, ...pageModules(folder)])
    router.get(`/demo/${path.posix.basename(file)}`, (_req, res) => {
      res.sendFile(file, { root: folder, maxAge: 60_000 });
    });
  for (const file of sharedModules())
    router.get(`/demo/modules/${file}`, async (_req, res) => {
      res
        .type("text/javascript")
        .set("cache-control", "public, max-age=60")
        .send(await moduleText(file));
    });
  return router;
}

const FILES = ["demo.css", "arena.js", "arena-view.js", "arena-controls.js", "arena.css"];

/** The demo page's own, `main.js` first of all. */
const pageModules = (folder: string) =>
  readdirSync(`${folder}demo`)
    .filter((name) => name.endsWith(".js"))
    .map((name) => `demo/${name}`);

/** What the arena's page shares with the server, as it is compiled: the client, and the game. */
const SHARED = ["client", "core/realtime", "games"];
const COMPILED = path.join(projectRoot(), "dist");

/** Paths below dist/; none before the first build. */
function sharedModules(): string[] {
  return SHARED.flatMap((folder) => {
    const absolute = path.join(COMPILED, folder);
    if (!existsSync(absolute)) return [];
    return readdirSync(absolute, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js") && (folder !== "games" || name === "arena.js"))
      .map((name) => path.posix.join(folder, ...name.split(path.sep)));
  });
}

/** A page has no packages: it gets Socket.IO's client from Socket.IO's own path. */
async function moduleText(file: string): Promise<string> {
  const up = "../".repeat(file.split("/").length + 1);
  const text = await readFile(path.join(COMPILED, file), "utf8");
  return text.replaceAll('from "socket.io-client"', `from "${up}socket.io/socket.io.esm.min.js"`);
}
