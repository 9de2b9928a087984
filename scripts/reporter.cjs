/** Mocha's spec, which also writes the files of what failed to where FAILED_FILES says: scripts/test.mjs runs these once more. */
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const files = new Set();
    runner.on("fail", ({ file }) => files.add(file));
    runner.once("end", () => writeFileSync(process.env.FAILED_FILES, JSON.stringify([...files])));
  }
};
