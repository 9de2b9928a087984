/** `/`: everybody follows the group's room and publishes to it; who hears it says how long it took. */
import { defineScenario } from "../scenario.ts";

export default defineScenario({
  name: "rooms",
  summary: "/: publish to a room, and the time until each member has the message",
  params: { room_size: 20, period_ms: 2_000, bytes: 100 },
  group: ({ room_size }) => room_size,
  async user(user) {
    const { period_ms, bytes } = user.params;
    const room = user.together.name;
    const rooms = await user.connect("/");
    rooms.on("message", ({ data }) => {
      if (!isStamped(data)) return;
      user.sample("message arrives", user.now() - data.at);
    });
    await user.action("subscribe", () => rooms.call("subscribe", { room }));
    const text = "x".repeat(bytes);
    await user.every(period_ms, "publish", () =>
      rooms.call("publish", { room, data: { at: user.now(), text } }),
    );
  },
});

const isStamped = (data: unknown): data is { readonly at: number } =>
  typeof data === "object" && data !== null && "at" in data && typeof data.at === "number";
