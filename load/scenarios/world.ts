/** `/world`: the group walks about in a zone; a user's own steps come back in the ticks, which says how old they are. */
import { defineScenario } from "../scenario.ts";

/** Units, and units a second: below the server's usual limit. */
const FIELD = 200;
const SPEED = 10;
const MOST_STEPS = 200;

export default defineScenario({
  name: "world",
  summary: "/world: players walk about in zones, and the time until a step is in a tick",
  params: { zone_size: 50, period_ms: 200 },
  group: ({ zone_size }) => zone_size,
  async user(user) {
    const { period_ms } = user.params;
    const world = await user.connect("/world");
    const sentAt = new Map<number, number>();
    world.on("world_tick", ({ moved }) => {
      const own = moved.find(([id]) => id === user.id)?.[3];
      const at = own === undefined ? undefined : sentAt.get(own);
      if (at !== undefined) user.sample("step is seen", user.now() - at);
      user.count("positions", moved.length);
    });
    let [x, y] = [user.random() * FIELD, user.random() * FIELD];
    let heading = user.random() * 2 * Math.PI;
    await user.action("enter", () => world.call("enter", { zone: user.together.name, x, y }));
    let seq = 0;
    await user.every(period_ms, "player_movement", () => {
      heading += user.random() - 0.5;
      const step = (SPEED * period_ms) / 1_000;
      x = Math.min(FIELD, Math.max(0, x + step * Math.cos(heading)));
      y = Math.min(FIELD, Math.max(0, y + step * Math.sin(heading)));
      seq++;
      sentAt.set(seq, user.now());
      sentAt.delete(seq - MOST_STEPS);
      return world.call("player_movement", { x, y, seq });
    });
  },
});
