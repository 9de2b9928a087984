import assert from "node:assert/strict";
import { SHIPPED } from "../../server/commands/load/scenario-file.ts";
import { closeAll, startEmbedded, startTwoWorkers } from "../support/app.ts";
import { type LoadProject, loadProject } from "./support.ts";

/** What each must have done, and with what it is quick enough for a test. */
const EXPECTED: Readonly<Record<(typeof SHIPPED)[number], readonly [readonly string[], readonly string[]]>> =
  {
    rooms: [
      ["connect /", "subscribe", "publish", "message arrives"],
      ["room_size=3", "period_ms=200"],
    ],
    game: [
      ["room:create", "room:join", "room:start", "game:action", "room:leave"],
      ["target=10", "think_ms=10", "rounds=1"],
    ],
    chat: [
      ["connect /chat", "chat_message", "history", "message arrives"],
      ["guild_size=3", "period_ms=200", "history_share=0.5"],
    ],
    combat: [
      ["combat_create", "combat_join", "combat_state", "combat_action"],
      ["think_ms=10", "rounds=1"],
    ],
    world: [["enter", "player_movement", "step is seen"], ["zone_size=3"]],
    matchmaking: [
      ["queue_join", "game starts", "from queueing to the game", "match ends"],
      ["rest_ms=100", "rounds=2"],
    ],
    realtime: [["room:create", "room:join", "room:start", "input to frame"], ["room_size=3"]],
    websocket: [
      ["connect /ws", "subscribe", "publish", "message arrives"],
      ["room_size=3", "period_ms=200"],
    ],
  };

describe("the shipped scenarios", () => {
  let project: LoadProject;
  before(async () => {
    project = await loadProject();
  });
  after(() => project.close());
  afterEach(closeAll);

  const few = ["--users", "6", "--ramp", "100ms", "--quiet"];
  async function plays(name: (typeof SHIPPED)[number], urls: readonly string[]): Promise<void> {
    const [actions, set] = EXPECTED[name];
    const args = [...urls.flatMap((url) => ["--url", url]), ...set.flatMap((one) => ["--set", one])];
    // With rounds all leave by themselves, on a slow machine later.
    const duration = set.some((one) => one.startsWith("rounds")) ? "40s" : "4s";
    const ended = await project.load([name, ...few, "--duration", duration, ...args, "--json", "-"]);
    assert.equal(ended.code, 0, ended.stderr);
    const result = JSON.parse(ended.stdout);
    assert.deepEqual([result.errors, result.unfinished, result.users.begun], [[], 0, 6], name);
    const done = new Map(result.actions.map((one: { name: string; count: number }) => [one.name, one.count]));
    for (const action of actions) assert.ok(done.get(action), `${name}: ${action} in ${[...done.keys()]}`);
  }

  it("do what they say on one worker, without a failure", async () => {
    const { url } = await startEmbedded();
    for (let at = 0; at < SHIPPED.length; at += 4)
      await Promise.all(SHIPPED.slice(at, at + 4).map((name) => plays(name, [url])));
  });

  it("players of one room on two workers play with each other", async () => {
    const { urls } = await startTwoWorkers();
    await Promise.all((["game", "realtime"] as const).map((name) => plays(name, urls)));
  });
});
