import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineScenario } from "../../load/scenario.ts";
import { UsageError } from "../../server/commands/command.ts";
import { readLoadArguments } from "../../server/commands/load/arguments.ts";
import { LoadRunError } from "../../server/commands/load/failures.ts";
import { planOf, shownParameters } from "../../server/commands/load/run.ts";
import { loadScenario } from "../../server/commands/load/scenario-file.ts";

describe("muster load refuses", () => {
  it("arguments that it does not know or that contradict each other", () => {
    const wrong: readonly [readonly string[], RegExp][] = [
      [[], /the name of a scenario or its file is needed/],
      [["rooms", "chat"], /one scenario at a time/],
      [["rooms", "--users", "0"], /--users is a whole number from 1 to/],
      [["rooms", "--users", "1e3"], /--users is a whole number/],
      [["rooms", "--processes", "65"], /--processes is a whole number from 1 to 64/],
      [["rooms", "--ramp", "soon"], /--ramp is no duration/],
      [["rooms", "--duration", "2d"], /--duration is no duration .* of a day at most/],
      [["rooms", "--fail", "p99>fast"], /--fail p99>fast/],
      [["rooms", "--url", "localhost:3000"], /--url localhost:3000 is no address/],
      [["rooms", "--url", "http://ann:pw@127.0.0.1"], /without user/],
      [["rooms", "--metrics", "nowhere"], /--metrics nowhere is no address/],
      [["rooms", "--anonymous", "--token-command", "x"], /--anonymous and --token-command contradict/],
      [["rooms", "--dev", "--anonymous"], /contradict/],
      [["rooms", "--json"], /--json/],
    ];
    for (const [args, said] of wrong)
      assert.throws(
        () => readLoadArguments(args),
        (thrown) => thrown instanceof UsageError && said.test(thrown.message),
        args.join(" "),
      );
  });

  it("scenarios that are not there, can't be loaded, or are none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "muster-test-"));
    try {
      const put = async (name: string, text: string) => {
        await writeFile(join(folder, name), text);
        return join(folder, name);
      };
      const wrong: readonly [string, string, RegExp][] = [
        ["room", "scenario_not_found", /room is no shipped scenario; did you mean rooms\?/],
        ["constructor", "scenario_not_found", /is no shipped scenario/],
        [join(folder, "nothing.ts"), "scenario_not_found", /there is no file/],
        [await put("broken.ts", "export default {{"), "scenario_invalid", /can't be loaded/],
        [await put("throws.mjs", "throw new Error('why')"), "scenario_invalid", /can't be loaded: why/],
        [await put("none.mjs", "export default { name: 'a' }"), "scenario_invalid", /no default export/],
        [await put("old.cts", ""), "typescript_unsupported", /a scenario is a module/],
      ];
      for (const [named, code, said] of wrong)
        await assert.rejects(
          loadScenario(named),
          (thrown) => thrown instanceof LoadRunError && thrown.code === code && said.test(thrown.message),
          named,
        );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("parameters that a scenario does not have, or of another kind", () => {
    const scenario = defineScenario({
      name: "own",
      params: { size: 2, word: "a", loud: false },
      group: ({ size }) => size,
      async user() {},
    });
    const plan = (...set: string[]) => {
      const args = readLoadArguments(["own", "--users", "7", ...set.flatMap((one) => ["--set", one])]);
      assert.ok(args);
      return planOf(scenario, args);
    };
    assert.deepEqual(plan("size=3", "word=b=c", "loud=true").params, { size: 3, word: "b=c", loud: true });
    assert.deepEqual([plan("size=3").groupSize, plan("size=9").processes], [3, 1]);
    const wrong: readonly [string, RegExp][] = [
      ["sice=3", /sice is no parameter of own; did you mean size\?/],
      ["size", /size is no parameter of own/],
      ["size=", /not a number/],
      ["size=many", /not a number/],
      ["loud=yes", /true or false/],
      ["size=0", /group is 0, and not a whole number/],
      ["__proto__=1", /is no parameter/],
    ];
    for (const [set, said] of wrong)
      assert.throws(
        () => plan(set),
        (thrown) => thrown instanceof LoadRunError && said.test(thrown.message),
        set,
      );
  });

  it("to show parameters whose names say that they are secret", () => {
    const params = {
      think_ms: 5,
      guild: "red",
      api_key: "k1",
      lobby_token: "t1",
      keyboard: "qwerty",
      key: "",
    };
    assert.deepEqual(shownParameters(params), {
      ...params,
      api_key: "(not shown)",
      lobby_token: "(not shown)",
    });
  });
});
