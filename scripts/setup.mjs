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
  { command: "curl", package: "curl", why: "the seeds' own curl lines" },
  {
    file: "/usr/lib/python3/dist-packages/socketio/__init__.py",
    package: "python3-socketio",
    why: "another language's Socket.IO client",
  },
  {
    file: "/usr/lib/python3/dist-packages/requests/__init__.py",
    package: "python3-requests",
    why: "its polling",
  },
  {
    file: "/usr/lib/python3/dist-packages/websocket/__init__.py",
    package: "python3-websocket",
    why: "its WebSocket",
  },
  // Tests that lack one of these say that they are skipped.
  {
    command: "nginx",
    package: "nginx",
    why: "a real balancer, and a path that it serves Muster below",
    optional: true,
  },
  { command: "haproxy", package: "haproxy", why: "another balancer, and the one of the lab", optional: true },
  { command: "ip", package: "iproute2", why: "the lab's hosts, as network namespaces", optional: true },
  { command: "go", package: "golang-go", why: "the Go relay's Go client", optional: true },
  {
    file: "/usr/share/gocode/src/github.com/gorilla/websocket/conn.go",
    package: "golang-github-gorilla-websocket-dev",
    why: "the library of the Go relay's Go client",
    optional: true,
  },
  { command: "mcs", package: "mono-mcs", why: "a compiler and a runtime for the C# client", optional: true },
  {
    command: "godot3-server",
    package: "godot3-server",
    why: "Godot for the GDScript client",
    optional: true,
  },
];

const has = (command) =>
  (process.env.PATH ?? "").split(":").some((folder) => folder !== "" && existsSync(`${folder}/${command}`));
const isThere = (need) => (need.file === undefined ? has(need.command) : existsSync(need.file));

const missing = needs.filter((need) => !isThere(need));
if (missing.length === 0) {
  console.log(`setup: all there: ${needs.map((need) => need.package).join(", ")}`);
  process.exit(0);
}

const namesOf = (some) => some.map((need) => need.package);
const names = namesOf(missing);
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
  process.exit(missing.every((need) => need.optional) ? 0 : 1);
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
const install = (some) =>
  some.length === 0 || run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...namesOf(some));
if (!run("apt-get", "update", "-qq") || !install(missing.filter((need) => !need.optional))) {
  console.error(`setup: that failed; install by hand: ${byHand}`);
  process.exit(1);
}
install(missing.filter((need) => need.optional));
const still = missing.filter((need) => !isThere(need));
if (still.length > 0)
  console.error(`setup: still missing after the installation: ${namesOf(still).join(", ")}`);
if (still.some((need) => !need.optional)) process.exit(1);
console.log("setup: done; `npm test` runs everything");
