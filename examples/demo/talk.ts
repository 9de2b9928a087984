/** Two users talk; one is away for a while and then in sync. */
import type { ChatContract } from "../../namespaces/chat/schema.ts";
import type { Channel } from "./player.ts";
import type { Cast, Stage } from "./stage.ts";

const CHANNEL = "global";

async function speak(chat: Channel<ChatContract>, content: string, id: string) {
  return chat.callUntilAnswered("chat_message", { channel: CHANNEL, content, client_msg_id: id });
}

export async function talk(stage: Stage, { ann, bob }: Cast): Promise<void> {
  const annChat = await ann.enter<ChatContract>("/chat");
  let bobChat = await bob.enter<ChatContract>("/chat");
  // Once a command is answered the connection follows its channels: what is said from here on is heard.
  await bobChat.call("history", { channel: CHANNEL, limit: 1 });

  await speak(annChat, "good game!", "1");
  const { payload: heard } = await bobChat.next("chat_message", ({ user_id }) => user_id === ann.userId);
  stage.say(`ann says in chat: "${heard.content}" – bob hears it.`);

  bob.leave("/chat");
  const said = ["are you still there?", "I will wait", "back soon?"];
  for (const [at, content] of said.entries()) await speak(annChat, content, `away-${at}`);
  await annChat.callUntilAnswered("chat_message", {
    channel: "private",
    to: bob.userId,
    content: "just between us: well played",
    client_msg_id: "private",
  });
  stage.say(`bob is away; ann says ${said.length} more things, and one to him alone.`);

  bobChat = await bob.enter<ChatContract>("/chat");
  const { channels } = await bobChat.call("sync", {
    cursors: [{ channel: CHANNEL, epoch: heard.epoch, offset: heard.offset }],
  });
  const [missed] = channels;
  const read = (missed?.messages ?? []).flatMap((item) =>
    "content" in item && item.user_id === ann.userId ? [item.content] : [],
  );
  if (!missed?.recovered || read.join("\n") !== said.join("\n"))
    throw new Error(`bob is not in sync: he has ${JSON.stringify(read)}`);
  const { payload: alone } = await bobChat.next("chat_message", ({ channel }) => channel === "private");
  stage.say(`bob is back and in sync: ${read.length} messages in order, and "${alone.content}".`);
}
