/** Plain WebSocket: the group follows a room of `/` with flat frames. */
import { defineScenario } from "../scenario.ts";

export default defineScenario({
  name: "websocket",
  summary: "/ws: the same as rooms, over plain WebSocket",
  params: { room_size: 20, period_ms: 2_000, bytes: 100 },
  group: ({ room_size }) => room_size,
  async user(user) {
    const { period_ms, bytes } = user.params;
    const room = user.together.name;
    const plain = await user.webSocket("/ws");
    plain.on("message", ({ data }) => {
      if (typeof data !== "object" || data === null || !("at" in data)) return;
      user.sample("message arrives", user.now() - Number(data.at));
    });
    await user.action("subscribe", () => plain.call("subscribe", { room }));
    const text = "x".repeat(bytes);
    await user.every(period_ms, "publish", () =>
      plain.call("publish", { room, data: { at: user.now(), text } }),
    );
  },
});
