/** Clients of `/chat` for its tests. */
import assert from "node:assert/strict";
import { asId, type UserId } from "../../../core/ids.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import type { ChannelItem, ChatContract } from "../../../namespaces/chat/schema.ts";
import { keys as matchmaking } from "../../../namespaces/matchmaking/store.ts";
import type { ConnectAs, TestApp, TestClient } from "../../support/app.ts";

export type ChatClient = TestClient<ChatContract>;

export const moderator: ConnectAs = { claims: { roles: ["moderator"] } };
export const onSecond: ConnectAs = { worker: 1 };

/** A client that already hears its channels: its first answer comes after the connection was made ready. */
export async function enter(app: TestApp, user: string, as: ConnectAs = {}): Promise<ChatClient> {
  const client = await app.connect(chatContract, user, as);
  await client.call("blocked", {});
  return client;
}

export const say = (client: ChatClient, content: string, more: { client_msg_id?: string } = {}) =>
  client.call("chat_message", { channel: "global", content, ...more });

export const whisper = (client: ChatClient, to: string, content: string) =>
  client.call("chat_message", { channel: "private", to, content });

/** A filter that holds a message until the test lets it go. */
export function gate() {
  let arrived: () => void = () => undefined;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    held,
    release: () => release(),
    async filter({ content }: { content: string }) {
      if (content === "held") {
        arrived();
        await released;
      }
      return { action: "pass" } as const;
    },
  };
}

/** Waits until a client has everything of `global` that was sent before: a message of its own comes after it. */
export async function caughtUp(client: ChatClient): Promise<void> {
  const { message_id } = await say(client, "caught up");
  await client.next("chat_message", (m) => m.message_id === message_id);
}

/** Holds up the second worker where it asks what a user is in now: `asking` when it does, until `know`. */
export function slowToFindOut(app: TestApp, user: string): { readonly asking: Promise<void>; know(): void } {
  const { documents } = app.workers.at(-1)?.services.store ?? assert.fail("there is a worker");
  const load = documents.load.bind(documents);
  let ask: () => void = () => undefined;
  let know: () => void = () => undefined;
  const asking = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const known = new Promise<void>((resolve) => {
    know = resolve;
  });
  // Of the party: what chat asks for first.
  const { name } = matchmaking.place(asId<UserId>(user));
  documents.load = (async (key) => {
    if (key.name === name) {
      ask();
      await known;
    }
    return load(key);
  }) as typeof load;
  return { asking, know };
}

/** Contents of the messages that came so far and that no test took. */
export const heard = (client: ChatClient): string[] => client.pending("chat_message").map((m) => m.content);

/** What a client shows: messages by offset, as the events and items of a channel made them. */
export class Shown {
  readonly #messages = new Map<string, { offset: number; content: string }>();
  offset = 0;
  epoch = "";

  /** Takes what is new; what it has, or has been synced past, changes nothing. */
  apply(item: ChannelItem): void {
    if (item.offset <= this.offset) return;
    this.offset = item.offset;
    if (item.event === "chat_message") {
      this.epoch = item.epoch;
      if (item.deleted !== true)
        this.#messages.set(item.message_id, { offset: item.offset, content: item.content });
    } else if (item.event === "message_deleted") this.#messages.delete(item.message_id);
    else if (item.event === "message_edited") {
      const known = this.#messages.get(item.message_id);
      if (known) known.content = item.content;
    }
  }

  list(): string[] {
    return [...this.#messages.values()].map(({ offset, content }) => `${offset} ${content}`);
  }
}
