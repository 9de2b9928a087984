/**
 * `npm run lock`: after a change of dependencies, names in the lock file the optional packages of every platform. npm leaves out those that
 * the registry it was made with does not have, and `npm ci` then refuses the lock file.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const PLATFORM =
  /(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-(musl|gnu|glibc))?$/;

let added = 0;
for (const [name, entry] of Object.entries(lock.packages)) {
  for (const [dependency, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (lock.packages[`node_modules/${dependency}`] || lock.packages[`${name}/node_modules/${dependency}`])
      continue;
    const [, os, cpu, libc] = PLATFORM.exec(dependency) ?? [];
    lock.packages[`node_modules/${dependency}`] = {
      version: range.replace(/^[\^~]/, ""),
      ...(cpu ? { cpu: [cpu] } : {}),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...(os ? { os: [os] } : {}),
      ...(libc ? { libc: [libc === "musl" ? "musl" : "glibc"] } : {}),
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`the lock file names ${added} more optional packages`);
