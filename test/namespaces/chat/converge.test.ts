import assert from "node:assert/strict";
import fc from "fast-check";
import { chatContract } from "../../../namespaces/chat/index.ts";
import type { ChannelItem } from "../../../namespaces/chat/schema.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { type ChatClient, enter, Shown } from "./clients.ts";

const ITEM_EVENTS = ["chat_message", "message_edited", "message_deleted"] as const;
const MEMBERS = 6;

/** One user of a guild's channel who comes, drops and resumes from the cursor they have. */
class Member {
  readonly shown = new Shown();
  client: ChatClient | undefined;
  readonly #app: TestApp;
  readonly #user: string;
  readonly #guild: string;
  readonly #worker: 0 | 1;

  constructor(app: TestApp, at: number, guild: string, epoch: string) {
    this.#app = app;
    this.#user = `${guild}-member${at}`;
    this.#guild = guild;
    this.#worker = at % 2 === 0 ? 0 : 1;
    this.shown.epoch = epoch;
  }

  /** What comes live is held back until the sync was answered: it can be of before and of after. */
  async come(): Promise<void> {
    if (this.client) return;
    const client = await this.#app.connect(chatContract, this.#user, {
      worker: this.#worker,
      claims: { guild_id: this.#guild },
    });
    const early: ChannelItem[] = [];
    let synced = false;
    for (const event of ITEM_EVENTS)
      client.socket.on(event, (payload) => {
        if (synced) this.shown.apply({ event, ...payload });
        else early.push({ event, ...payload });
      });
    const { channels } = await client.call("sync", {
      cursors: [{ channel: "guild", epoch: this.shown.epoch, offset: this.shown.offset }],
    });
    assert.equal(channels[0]?.recovered, true);
    for (const item of [...(channels[0]?.messages ?? []), ...early]) this.shown.apply(item);
    synced = true;
    this.client = client;
  }

  drop(): void {
    this.client?.disconnect();
    this.client = undefined;
  }
}

type Act =
  | { readonly do: "say" }
  | { readonly do: "drop" }
  | { readonly do: "come" }
  | { readonly do: "edit" | "delete"; readonly which: number };
/** What each member does in one round; the members act at the same time. */
type Round = readonly (Act | undefined)[];

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: "say" } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("edit" as const), which: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), which: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.constant({ do: "drop" } as const) },
  { weight: 3, arbitrary: fc.constant({ do: "come" } as const) },
);
const round: fc.Arbitrary<Round> = fc.array(fc.option(act, { nil: undefined, freq: 3 }), {
  minLength: MEMBERS,
  maxLength: MEMBERS,
});

async function perform(member: Member, wished: Act, sent: string[]): Promise<void> {
  if (wished.do === "drop") return member.drop();
  if (wished.do === "come") return member.come();
  const { client } = member;
  if (!client) return;
  if (wished.do === "say") {
    const { message_id } = await client.call("chat_message", { channel: "guild", content: "said" });
    sent.push(message_id);
    return;
  }
  const message_id = sent[wished.which % Math.max(1, sent.length)];
  // Another's message, or one that is gone: the refusal is one of the mix.
  if (message_id !== undefined)
    await client.raw(wished.do, { channel: "guild", message_id, content: `edit ${wished.which}` });
}

onEachSetup((setup) => {
  describe("chat: many members of one channel", () => {
    it("all hold the list of the stream, under any mix of sends, edits, deletions, joins, drops and resumes at once", async function () {
      this.timeout(90_000);
      const app = await setup.start({
        yaml: "rate_limits:\n  user: off\n  connection: off\n  events: { chat_message: off, edit: off, delete: off }\n",
      });
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 10 }), async (rounds) => {
          const guild = `g${runs++}`;
          const moderator = await enter(app, `mod-${guild}`, {
            claims: { guild_id: guild, roles: ["moderator"] },
          });
          const { epoch } = await moderator.call("history", { channel: "guild" });
          const members = Array.from({ length: MEMBERS }, (_, at) => new Member(app, at, guild, epoch));
          // The first two are there from the beginning, the others join when their turn comes.
          for (const member of members.slice(0, 2)) await member.come();
          const sent: string[] = [];
          for (const wished of rounds)
            await Promise.all(
              members.map((member, at) => {
                const own = wished[at];
                return own && perform(member, own, sent);
              }),
            );
          for (const member of members) await member.come();
          const end = await moderator.call("chat_message", { channel: "guild", content: "the end" });
          const replayed = new Shown();
          for (let after = 0, more = true; more; ) {
            const page = await moderator.call("history", { channel: "guild", after, limit: 7 });
            for (const item of page.messages) replayed.apply(item);
            after = replayed.offset;
            more = page.has_more;
          }
          assert.equal(replayed.offset, end.offset);
          for (const { client, shown } of members) {
            assert.ok(client);
            await client.next("chat_message", (m) => m.message_id === end.message_id);
            assert.deepEqual(shown.list(), replayed.list());
          }
          for (const member of members) member.drop();
          moderator.disconnect();
        }),
        { numRuns: 12 },
      );
    });
  });
});
