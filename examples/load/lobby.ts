// npx muster load lobby.ts
import { defineScenario } from "../../load/index.ts";

export default defineScenario({
  name: "lobby",
  summary: "four players share a room: they signal each other, and talk in their guild",
  users: 40,
  rampMs: 5_000,
  durationMs: 20_000,
  fail: ["p99:signal>200ms", "error_rate>1%"],
  // `--set think_ms=500` changes it.
  params: { think_ms: 2_000 },
  group: 4,
  // Users of one group are in one guild.
  claims: ({ run, group }) => ({ guildId: `${run}-${group}` }),

  async user(user) {
    // The typed client; the time that connecting takes is measured.
    const game = await user.connect("/game");
    const chat = await user.connect("/chat");

    // One of the four makes the room, the others get its id.
    const room_id = await user.together.share("room", async () => {
      const { room } = await user.action("create", () => game.call("room:create", { max_players: 4 }));
      return room.room_id;
    });
    await user.action("join", () => game.call("room:join", { room_id }));
    await user.together.meet("all four have joined");

    // How long a signal takes from one player to another.
    game.on("room:signal", ({ data }) => {
      const { at } = data as { at: number };
      user.sample("signal arrives", user.now() - at);
    });
    // Socket.IO's own client, for what the typed one can't do.
    const raw = await user.socket("/chat");
    raw.on("typing", () => user.count("others type"));

    // Until the run ends: once per period. A late answer makes the next one late too, and both are measured so.
    await Promise.all([
      user.every(1_000, "signal", () => game.call("room:signal", { room_id, data: { at: user.now() } })),
      user.every(user.params.think_ms, "say", async () => {
        await user.call(raw, "typing", { channel: "guild", typing: true });
        await chat.call("chat_message", { channel: "guild", content: `I am ${user.id}` });
      }),
    ]);
  },
});
