/**
 * `npm run setup`: what the tests need beside npm's packages. Says what it is about to install, and installs it with apt-get where
 * it may (as root, or by sudo without a password); else it says in one line what is missing. Running the server needs none of it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const needs = [
  {
    command: "redis-server",
    package: "redis-server",
    why: "a real Redis for the store, cluster and fault tests",
  },
  { command: "chromium", package: "chromium", why: "a real browser for the dashboard and demo page tests" },
];

const has = (command) =>
  (process.env.PATH ?? "").split(":").some((folder) => folder !== "" && existsSync(`${folder}/${command}`));

const missing = needs.filter((need) => !has(need.command));
if (missing.length === 0) {
  console.log(`setup: all there: ${needs.map((need) => need.command).join(", ")}`);
  process.exit(0);
}

const names = missing.map((need) => need.package);
const byHand = `sudo apt-get install -y --no-install-recommends ${names.join(" ")}`;
const isRoot = process.getuid?.() === 0;
const prefix = isRoot ? [] : ["sudo", "-n"];
const mayInstall =
  has("apt-get") &&
  (isRoot || (has("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0));

if (!mayInstall) {
  console.error(
    `setup: missing ${names.join(", ")}; install by hand: ${byHand} (or your system's packages of these names)`,
  );
  process.exit(1);
}

console.log("setup: about to install with apt-get:");
for (const need of missing) console.log(`  ${need.package}: ${need.why}`);

const run = (...words) => {
  const [command, ...rest] = [...prefix, ...words];
  const done = spawnSync(command, rest, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return done.status === 0;
};
if (
  !run("apt-get", "update", "-qq") ||
  !run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...names)
) {
  console.error(`setup: that failed; install by hand: ${byHand}`);
  process.exit(1);
}
const still = missing.filter((need) => !has(need.command));
if (still.length > 0) {
  console.error(
    `setup: still missing after the installation: ${still.map((need) => need.command).join(", ")}`,
  );
  process.exit(1);
}
console.log("setup: done; `npm test` runs everything");
