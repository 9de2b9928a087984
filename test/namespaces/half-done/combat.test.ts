import { asId, type CombatId, type UserId } from "../../../core/ids.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { fightKey, isIn, playersOf } from "../../../namespaces/combat/fight.ts";
import { combatContract } from "../../../namespaces/combat/index.ts";
import { onEachSetup } from "../../support/app.ts";
import type { Written } from "../../support/doomed-store.ts";
import {
  asked,
  connectionsOf,
  membersOf,
  placesWrongs,
  type Scene,
  type Stage,
  scene,
  survives,
} from "./stage.ts";

const combat = asked("/combat");

/** Fights against their players' lists, presence, their places and whether rewards were handed out. */
async function wrongs(store: Store, written: Written): Promise<string[]> {
  const found: string[] = [];
  const ids = written
    .documents("combat:", "fight")
    .map(({ partition }) => asId<CombatId>(partition.slice("combat:".length)));
  const loaded = await store.documents.loadMany(ids.map(fightKey));
  const fights = new Map(loaded.flatMap((one) => (one ? [[one.state.id, one.state] as const] : [])));
  const lists = new Map<string, string[]>();
  for (const key of written.indexes("user:", "combat:fights"))
    lists.set(key.partition.slice(5), await membersOf(store, key));
  for (const [user, list] of lists)
    for (const id of list) {
      const fight = fights.get(asId<CombatId>(id));
      if (!fight || !isIn(fight, asId<UserId>(user))) found.push(`${user} lists ${id} and is not in it`);
    }
  for (const fight of fights.values()) {
    for (const user of playersOf(fight))
      if (isIn(fight, user) && !lists.get(user)?.includes(fight.id))
        found.push(`${user} is in ${fight.id} and does not list it`);
    for (const { id, kind, joined, left, connected } of fight.participants) {
      if (kind !== "player" || !joined || left || fight.phase === "ended") continue;
      const there = (await connectionsOf(store, combat, id)) > 0;
      if (there !== connected) found.push(`${id} is shown as ${connected ? "there" : "away"} and is not`);
    }
    if (fight.phase === "ended" && !fight.rewarded) found.push(`nobody was rewarded for ${fight.id}`);
  }
  const running = (id: string) => (fights.get(asId<CombatId>(id))?.phase ?? "ended") !== "ended";
  return [...found, ...(await placesWrongs(store, "fights", running))];
}

/** Nothing ends by itself while time passes. */
const options = {
  app: { combat: { joinSeconds: 3_600, turnSeconds: 3_600 }, rewards: async () => undefined },
};
const duel = {
  participants: [
    { id: "ann", kind: "player" as const, team: "red" },
    { id: "bob", kind: "player" as const, team: "blue" },
  ],
};

async function made(stage: Stage) {
  const bob = await stage.other(combatContract, "bob");
  const { combat_session_id } = await bob.call("combat_create", duel);
  const ann = await stage.connect(combatContract, "ann");
  return { ann, bob, fight: { combat_session_id } };
}

async function begun(stage: Stage) {
  const all = await made(stage);
  for (const player of [all.ann, all.bob]) await player.call("combat_join", all.fight);
  return all;
}

const scenes: readonly Scene<unknown>[] = [
  scene({
    title: "combat_create",
    options,
    before: (stage) => stage.connect(combatContract, "ann"),
    act: (_stage, ann) => ann.call("combat_create", { ...duel, request_id: "first" }),
  }),
  scene({
    title: "combat_join",
    options,
    before: made,
    act: (_stage, { ann, fight }) => ann.call("combat_join", fight),
  }),
  scene({
    title: "combat_join and the end of the connection",
    options,
    before: made,
    act: (stage, { ann, fight }) => {
      ann.socket.emit("combat_join", fight);
      return stage.leave(ann);
    },
  }),
  scene({
    title: "a player who goes",
    options,
    before: begun,
    act: (stage, { ann }) => stage.leave(ann),
  }),
  scene({
    title: "a player who goes and comes back at once",
    options,
    before: begun,
    act: (stage, { ann }) => Promise.all([stage.leave(ann), stage.connect(combatContract, "ann")]),
  }),
  scene({
    title: "declining, which ends the fight",
    options,
    before: made,
    act: (_stage, { ann, fight }) => ann.call("combat_flee", fight),
  }),
];

onEachSetup((setup) => {
  describe("/combat half done: players, their lists and presence agree in the end", () => {
    for (const each of scenes)
      it(each.title, async function () {
        this.timeout(120_000);
        await survives(setup, each, wrongs);
      });
  });
});
