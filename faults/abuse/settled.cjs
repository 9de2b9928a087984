/**
 * Loaded into each worker that is measured: on SIGUSR2 it collects its garbage, and writes what is left. Resident memory alone says little: V8
 * gives back late what it no longer uses.
 */
const { writeFileSync, renameSync } = require("node:fs");
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

process.on("SIGUSR2", () => {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const file = `${process.env.MUSTER_SETTLED}/${process.pid}.json`;
  writeFileSync(`${file}.new`, JSON.stringify({ heapUsed, external }));
  renameSync(`${file}.new`, file);
});
