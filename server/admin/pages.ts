/** The pages under `/admin`: ours for logging in, then the Admin UI's own from its package, its icons from here too. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import express, { type RequestHandler, Router } from "express";
import helmet from "helmet";
import { projectRoot } from "../package-version.ts";

const require = createRequire(import.meta.url);
const packageFolder = (name: string) => path.dirname(require.resolve(`${name}/package.json`));
/** Files with a hash in their names, and pinned ones. */
const CACHED = { maxAge: "1h", index: false, redirect: false } as const;

/** The Admin UI makes its styles as it runs; scripts and everything else come from this server alone. */
const uiPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    fontSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** The page without its links to other hosts, and with our copy of the icons. */
export function localPage(html: string): string {
  return html
    .replace(/<link[^>]*href="https?:[^>]*>/g, "")
    .replace("</head>", '<link rel="stylesheet" href="icons/css/materialdesignicons.min.css"></head>');
}

export function adminPages(): Router {
  const web = path.join(projectRoot(), "web");
  const ui = path.join(packageFolder("@socket.io/admin-ui"), "ui", "dist");
  const icons = packageFolder("@mdi/font");
  const page = localPage(readFileSync(path.join(ui, "index.html"), "utf8"));
  const file =
    (name: string): RequestHandler =>
    (_req, res) =>
      res.sendFile(name, { root: web });

  const router = Router({ strict: true });
  router.get("/admin", file("admin.html"));
  router.get("/admin/", (_req, res) => res.redirect("../admin"));
  router.get("/admin/login.js", file("admin.js"));
  router.get("/admin/login.css", file("admin.css"));
  router.get("/admin/ui", (_req, res) => res.redirect("ui/"));
  router.use("/admin/ui", uiPolicy);
  router.get("/admin/ui/", (_req, res) => void res.type("html").set("cache-control", "no-cache").send(page));
  router.use("/admin/ui/icons/css", express.static(path.join(icons, "css"), CACHED));
  router.use("/admin/ui/icons/fonts", express.static(path.join(icons, "fonts"), CACHED));
  router.use("/admin/ui", express.static(ui, CACHED));
  return router;
}
