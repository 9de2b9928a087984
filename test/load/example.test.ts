import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { closeAll, startEmbedded } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { ROOT } from "../support/built.ts";
import { type LoadProject, loadProject } from "./support.ts";

const EXAMPLE = join(ROOT, "examples/load/lobby.ts");
const PICTURE = join(ROOT, "docs/images/load-report.png");

describe("the example of load testing", function () {
  this.timeout(90_000);

  let project: LoadProject;
  before(async () => {
    project = await loadProject();
  });
  after(() => project.close());
  afterEach(closeAll);

  it("runs as its guide has it, and all that it measures is in the result", async () => {
    const { url } = await startEmbedded();
    const few = ["--users", "8", "--ramp", "0", "--duration", "3s", "--set", "think_ms=500", "--quiet"];
    // The times of a busy machine are no failure of the example.
    const { code, stderr, result } = await project.run([EXAMPLE, "--url", url, ...few]);
    assert.ok(code <= 1, stderr);
    assert.deepEqual([result.errors, result.scenario.name, result.plan.group_size], [[], "lobby", 4]);
    assert.deepEqual(
      result.thresholds.map(({ fail }) => fail),
      ["p99:signal>200ms", "error_rate>1%"],
    );
    const done = new Map(result.actions.map(({ name, count }) => [name, count]));
    for (const name of [
      "connect /game",
      "connect /chat",
      "create",
      "join",
      "signal",
      "signal arrives",
      "say",
    ])
      assert.ok(done.get(name), `${name} in ${[...done.keys()]}`);
    assert.equal(done.get("create"), 2);
    assert.ok(result.counters.some(({ name, total }) => name === "others type" && total > 0));
    const [, program = "?"] = (await readFile(EXAMPLE, "utf8")).split(/^\/\/ .*\n/);
    assert.ok(
      (await readFile(join(ROOT, "docs/load-testing.md"), "utf8")).includes(
        program.trim().replace("../../load/index.ts", "muster-server/load"),
      ),
      "the guide has another text",
    );
  });

  const takesPictures = process.env.UPDATE_IMAGES !== undefined;
  if (takesPictures)
    it("its report is the guide's picture", async () => {
      const { url } = await startEmbedded();
      const args = [
        "--users",
        "200",
        "--ramp",
        "15s",
        "--duration",
        "30s",
        "--html",
        "report.html",
        "--quiet",
      ];
      await project.run([EXAMPLE, "--url", url, ...args]);
      const browser = await openBrowser();
      const page = await browser.newPage({ viewport: { width: 1280, height: 1060 }, colorScheme: "light" });
      await page.goto(`file://${join(project.folder, "report.html")}`);
      await page.locator(".uplot canvas").first().waitFor();
      await page.screenshot({ path: PICTURE });
      await browser.close();
    });
});
