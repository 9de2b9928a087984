import { asId, type UserId } from "../../../core/ids.ts";
import type { BlockChange } from "../../../core/ports/blocks.ts";
import { type Partition, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { conversationsOf } from "../../../namespaces/chat/membership/conversations.ts";
import { privateChannel } from "../../../namespaces/chat/model/channels.ts";
import { keys } from "../../../namespaces/chat/named/stored.ts";
import { type ConnectAs, onEachSetup } from "../../support/app.ts";
import type { Written } from "../../support/doomed-store.ts";
import { membersOf, type Scene, type Stage, scene, settles, survives } from "./stage.ts";

const userIn = (partition: Partition) => asId<UserId>(partition.slice("user:".length));

/** Channels against their members' own lists, the directory and what is left of deleted ones. */
async function channelWrongs(store: Store, written: Written): Promise<string[]> {
  const found: string[] = [];
  const { documents } = store;
  const names = written
    .documents("channel:named:", "named")
    .map(({ partition }) => partition.slice("channel:named:".length));
  const listed = new Map(
    (await store.indexes.page(keys.directory(), { limit: 500 })).members.map((one) => [
      one.member,
      one.value.instance,
    ]),
  );
  const lists = new Map<UserId, readonly string[]>();
  for (const { partition } of written.documents("user:", "chat:joined"))
    lists.set(userIn(partition), (await documents.load(keys.joined(userIn(partition))))?.state ?? []);
  for (const name of names) {
    const instance = (await documents.load(keys.channel(name)))?.state.instance;
    if (listed.get(name) !== instance) found.push(`the directory is wrong about ${name}`);
    const prefix = `channel:named:${name}`;
    const members = new Set(
      instance === undefined ? [] : await membersOf(store, keys.members(name, instance)),
    );
    for (const [user, list] of lists)
      if (list.includes(name) !== members.has(user))
        found.push(`${user} is ${members.has(user) ? "" : "not "}in ${name}, and lists ${list}`);
    for (const user of members) if (!lists.has(user as UserId)) found.push(`${user} has no list`);
    for (const key of written.documents(prefix, "belonging:")) {
      const user = asId<UserId>(key.name.slice("belonging:".length));
      const belonging = (await documents.load(keys.membership(name, user)))?.state;
      if (belonging && belonging.instance !== instance)
        found.push(`what ${user} was in a deleted ${name} is kept`);
      if ((belonging?.state === "member") !== members.has(user))
        found.push(`${name} is of two minds about ${user}`);
    }
    for (const key of written.indexes(prefix, "members:"))
      if (key.name !== `members:${instance}` && (await store.indexes.size(key)) > 0)
        found.push(`${key.name} of a deleted ${name} is kept`);
  }
  return found;
}

/** Private channels against both users' lists of them. */
async function conversationWrongs(store: Store, written: Written): Promise<string[]> {
  const found: string[] = [];
  for (const { partition } of written.documents("channel:private:", "relayed")) {
    const [one, other] = partition.slice("channel:private:".length).split("|") as [UserId, UserId];
    const { offset, entries } = await store.streams.read(privateChannel(one, other).log, {
      after: 0,
      limit: 100,
    });
    const newest = entries.at(-1)?.entry.at;
    for (const [user, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      const at = (await store.indexes.get(conversationsOf(user), peer))?.score;
      if (offset > 0 && at !== newest) found.push(`${user} lists ${peer} as of ${at} of ${newest}`);
    }
  }
  return found;
}

/** Block lists against what workers are told of them. */
async function blockWrongs(store: Store, written: Written): Promise<string[]> {
  const found: string[] = [];
  const changes = streamKey<BlockChange>(partitions.channel("*blocks"), "changes");
  const { entries } = await store.streams.read(changes, { after: 0, limit: 500 });
  const told = new Map(entries.map(({ entry }) => [`${entry.user} ${entry.other}`, entry.blocked]));
  for (const key of written.documents("user:", "blocks")) {
    const user = userIn(key.partition);
    const list = (await store.documents.load<{ users: readonly string[] }>(key))?.state.users ?? [];
    for (const other of ["bob", "cat"])
      if ((told.get(`${user} ${other}`) ?? false) !== list.includes(other))
        found.push(`${user} and ${other}: told otherwise than it is`);
  }
  return found;
}

const wrongs = async (store: Store, written: Written) => [
  ...(await channelWrongs(store, written)),
  ...(await conversationWrongs(store, written)),
  ...(await blockWrongs(store, written)),
];

const moderator: ConnectAs = { claims: { roles: ["moderator"] } };
const club = { channel: "club" };

/** A channel made by a moderator on another worker, and ann. */
async function made(stage: Stage, access: "open" | "invite" = "open") {
  const mod = await stage.other(chatContract, "mod", moderator);
  await mod.call("channel_create", { ...club, access });
  return { mod, ann: await stage.connect(chatContract, "ann") };
}

async function joined(stage: Stage) {
  const all = await made(stage);
  await all.ann.call("channel_join", club);
  return all;
}

const scenes: readonly Scene<unknown>[] = [
  scene({
    title: "channel_create",
    before: (stage) => stage.connect(chatContract, "mod", moderator),
    act: (_stage, mod) => mod.call("channel_create", club),
  }),
  scene({
    title: "channel_delete",
    async before(stage) {
      const mod = await stage.connect(chatContract, "mod", moderator);
      await mod.call("channel_create", club);
      for (const user of ["ann", "bob"])
        await (await stage.other(chatContract, user)).call("channel_join", club);
      return mod;
    },
    act: (_stage, mod) => mod.call("channel_delete", club),
  }),
  scene({
    title: "channel_delete, and another of the same name that a member joins",
    async before(stage) {
      const mod = await stage.connect(chatContract, "mod", moderator);
      await mod.call("channel_create", club);
      const ann = await stage.other(chatContract, "ann");
      await ann.call("channel_join", club);
      return { mod, ann };
    },
    async act(_stage, { mod, ann }) {
      await mod.call("channel_delete", club);
      await mod.call("channel_create", club);
      await ann.call("channel_join", club);
    },
  }),
  scene({
    title: "channel_join by invitation",
    async before(stage) {
      const all = await made(stage, "invite");
      await all.mod.call("channel_invite", { ...club, user_id: "ann" });
      return all;
    },
    act: (_stage, { ann }) => ann.call("channel_join", club),
  }),
  scene({
    title: "channel_leave",
    before: joined,
    act: (_stage, { ann }) => ann.call("channel_leave", club),
  }),
  scene({
    title: "channel_leave on one device and channel_join on another",
    async before(stage) {
      return { ...(await joined(stage)), phone: await stage.connect(chatContract, "ann") };
    },
    act: (_stage, { ann, phone }) =>
      Promise.allSettled([ann.call("channel_leave", club), phone.call("channel_join", club)]),
  }),
  scene({
    title: "channel_remove",
    async before(stage) {
      const mod = await stage.connect(chatContract, "mod", moderator);
      await mod.call("channel_create", club);
      await (await stage.other(chatContract, "ann")).call("channel_join", club);
      return mod;
    },
    act: (_stage, mod) => mod.call("channel_remove", { ...club, user_id: "ann" }),
  }),
  scene({
    title: "a private message",
    before: (stage) => stage.connect(chatContract, "ann"),
    act: (_stage, ann) => ann.call("chat_message", { channel: "private", to: "bob", content: "hello" }),
  }),
  scene({
    title: "block, and another block taken back",
    async before(stage) {
      const ann = await stage.connect(chatContract, "ann");
      await ann.call("block", { user_id: "cat" });
      return ann;
    },
    act: (_stage, ann) =>
      Promise.all([ann.call("block", { user_id: "bob" }), ann.call("unblock", { user_id: "cat" })]),
  }),
];

/** Two devices on two workers that come and go in one channel, all at once. */
const crossing = scene({
  title: "channel_join and channel_leave of two devices, all at the same time",
  options: { yaml: "rate_limits:\n  events: { channel_join: off, channel_leave: off }\n" },
  async before(stage) {
    return { ...(await made(stage)), phone: await stage.other(chatContract, "ann") };
  },
  act: (_stage, { ann, phone }) =>
    Promise.all(
      [ann, phone].flatMap((device) =>
        Array.from({ length: 20 }, (_, at) =>
          device.raw(at % 2 === 0 ? "channel_join" : "channel_leave", club),
        ),
      ),
    ),
});

onEachSetup((setup) => {
  describe("/chat half done: members, their own lists and the directory agree in the end", () => {
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
