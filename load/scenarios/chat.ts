/** `/chat`: the group is a guild that talks in its channel; sometimes somebody reads what was said before. */
import { defineScenario } from "../scenario.ts";

/** In front of a message's text, to tell when it was sent. */
const STAMP = /^sent (\d+\.?\d*)/;

export default defineScenario({
  name: "chat",
  summary: "/chat: guilds talk, and the time until each member has the message",
  params: { guild_size: 20, period_ms: 5_000, history_share: 0.1 },
  group: ({ guild_size }) => guild_size,
  claims: ({ run, group }) => ({ guildId: `load-${run}-g${group}` }),
  async user(user) {
    const { period_ms, history_share } = user.params;
    const chat = await user.connect("/chat");
    chat.on("chat_message", ({ channel, content }) => {
      const sent = channel === "guild" ? STAMP.exec(content)?.[1] : undefined;
      if (sent !== undefined) user.sample("message arrives", user.now() - Number(sent));
    });
    await user.every(period_ms, "chat_message", async () => {
      const content = `sent ${user.now().toFixed(2)}: is anybody there?`;
      await chat.call("chat_message", { channel: "guild", content });
      if (user.random() >= history_share) return;
      await user.action("history", () => chat.call("history", { channel: "guild", limit: 20 }));
    });
  },
});
