import { asId, type UserId } from "../../../core/ids.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { PARTITION, type Profile, presenceKeys } from "../../../namespaces/game/presence/stored.ts";
import { type ConnectAs, onEachSetup } from "../../support/app.ts";
import type { Written } from "../../support/doomed-store.ts";
import { game, membersOf, type Scene, type Stage, scene, settles, survives } from "./stage.ts";

/** Of whom the others know, by all that they were told. */
async function toldOf(store: Store): Promise<Map<string, { status: string; guild: string | null }>> {
  const { entries } = await store.streams.read(presenceKeys.entries(), { after: 0, limit: 500 });
  const told = new Map<string, { status: string; guild: string | null }>();
  for (const { entry } of entries)
    if (entry.kind === "left") told.delete(entry.userId);
    else told.set(entry.user.user_id, { status: entry.user.status, guild: entry.guild });
  return told;
}

/** What users chose against presence, the lists by guild and of the invisible, and what the others were told. */
async function wrongs(store: Store, written: Written): Promise<string[]> {
  const found: string[] = [];
  const told = await toldOf(store);
  const invisible = await membersOf(store, presenceKeys.invisible());
  const page = await store.presence.page<Profile>(game, { limit: 500 });
  const records = new Map(page.records.map((record) => [record.subject, record]));
  const guilds = new Map<string, string>();
  for (const key of written.indexes(PARTITION, "guild:"))
    for (const member of await membersOf(store, key)) guilds.set(member, key.name.slice("guild:".length));
  const choosers = written.documents("user:", "game:presence").map(({ partition }) => partition.slice(5));
  const users = new Set([...choosers, ...records.keys(), ...told.keys(), ...invisible, ...guilds.keys()]);
  for (const user of users) {
    const record = records.get(user);
    const chosen = (await store.documents.load(presenceKeys.own(asId<UserId>(user))))?.state;
    const status = chosen?.status ?? "online";
    const hidden = record === undefined || status === "invisible";
    const guild = hidden ? null : (record.profile.guild ?? null);
    if (chosen && !record) found.push(`the choice of ${user}, who is gone, is kept`);
    if (invisible.includes(user) !== (record !== undefined && hidden))
      found.push(
        `${user} chose ${status} and is ${invisible.includes(user) ? "" : "not "}in the list of the invisible`,
      );
    if ((guilds.get(user) ?? null) !== guild)
      found.push(`${user} is listed in the guild ${guilds.get(user)} and belongs to ${guild}`);
    if (told.has(user) === hidden)
      found.push(`${user} is ${hidden ? "hidden or gone, and told of" : "here, and not told of"}`);
    if (!hidden && (told.get(user)?.status !== status || told.get(user)?.guild !== guild))
      found.push(`${user} was told as ${JSON.stringify(told.get(user))} and is ${status} in ${guild}`);
    if (!hidden && record.profile.status !== status)
      found.push(`presence has ${user} as ${record.profile.status}, who is ${status}`);
    const kept = await store.documents.load(presenceKeys.published(asId<UserId>(user)));
    if (!record && kept) found.push(`what was told of ${user}, who is gone, is kept`);
  }
  return found;
}

const red: ConnectAs = { claims: { guild_id: "red" } };
const GRACE_MS = 11_000;

async function here(stage: Stage, status?: string) {
  const ann = await stage.connect(gameContract, "ann", red);
  if (status) await ann.raw("status", { status });
  return ann;
}

const scenes: readonly Scene<unknown>[] = [
  scene({
    title: "a user who comes",
    before: async () => undefined,
    act: (stage) => here(stage),
  }),
  scene({
    title: "a status",
    before: (stage) => here(stage),
    act: (_stage, ann) => ann.call("status", { status: "busy", text: "raid" }),
  }),
  scene({
    title: "becoming invisible",
    before: (stage) => here(stage, "busy"),
    act: (_stage, ann) => ann.call("status", { status: "invisible" }),
  }),
  scene({
    title: "becoming visible",
    before: (stage) => here(stage, "invisible"),
    act: (_stage, ann) => ann.call("status", { status: "away" }),
  }),
  scene({
    title: "a further device of one who is busy",
    before: (stage) => here(stage, "busy"),
    act: (stage) => stage.connect(gameContract, "ann", red),
  }),
  scene({
    title: "going while invisible",
    before: (stage) => here(stage, "invisible"),
    act: (stage, ann) => stage.leave(ann).then(() => stage.pass(GRACE_MS)),
  }),
  scene({
    title: "going while busy, and coming back within the grace period",
    before: (stage) => here(stage, "busy"),
    act: (stage, ann) => stage.leave(ann).then(() => here(stage)),
  }),
  scene({
    title: "going while busy, and coming back after the grace period",
    before: (stage) => here(stage, "busy"),
    act: async (stage, ann) => {
      await stage.leave(ann);
      await stage.pass(GRACE_MS);
      await here(stage);
    },
  }),
  scene({
    title: "another guild",
    before: (stage) => here(stage, "busy"),
    act: ({ app }, ann) => ann.raw("refresh_token", { token: app.token("ann", { guild_id: "blue" }) }),
  }),
];

/** Two devices on two workers that choose all the time, at once. */
const crossing = scene({
  title: "statuses of two devices, all at the same time",
  async before(stage) {
    return [await here(stage), await stage.other(gameContract, "ann", red)];
  },
  act: (_stage, devices) =>
    Promise.all(
      devices.flatMap((device) =>
        ["invisible", "busy", "invisible", "online", "away", "invisible"].map((status) =>
          device.raw("status", { status }),
        ),
      ),
    ),
});

onEachSetup((setup) => {
  describe("/game presence half done: what is chosen, listed and told agrees in the end", () => {
    for (const each of scenes)
      it(each.title, async function () {
        this.timeout(120_000);
        await survives(setup, each, wrongs);
      });
    it(crossing.title, async () => {
      await settles(setup, crossing, wrongs);
    });
  });
});
