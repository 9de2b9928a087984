/** Two players see each other move; who is far away is not seen. */
import type { WorldContract, WorldTick } from "../../namespaces/world/schema.ts";
import type { Channel, Player } from "./player.ts";
import type { Cast, Stage } from "./stage.ts";

const FAR = 5_000;
const STEPS = 5;

/** Waits for a frame that shows the player at this place. */
async function seesAt(world: Channel<WorldContract>, player: Player, x: number): Promise<void> {
  await world.next("world_tick", ({ moved }) => moved.some(([id, at]) => id === player.userId && at === x));
}

const mentions = ({ entered, moved }: WorldTick, { userId }: Player) =>
  entered.some(({ user_id }) => user_id === userId) || moved.some(([id]) => id === userId);

export async function walk(stage: Stage, { ann, bob, cleo }: Cast): Promise<void> {
  const zone = `meadow-${ann.userId}`;
  const places = [
    { player: ann, x: 0 },
    { player: bob, x: 10 },
    { player: cleo, x: FAR },
  ];
  const worlds: Channel<WorldContract>[] = [];
  const frames: WorldTick[] = [];
  for (const { player, x } of places) {
    const world = await player.enter<WorldContract>("/world");
    if (player === ann) world.socket.on("world_tick", (frame: WorldTick) => frames.push(frame));
    await world.call("enter", { zone, x, y: 0 });
    worlds.push(world);
  }
  const [annWorld, bobWorld, cleoWorld] = worlds;
  if (!annWorld || !bobWorld || !cleoWorld) throw new Error("all three must be there");

  for (let step = 1; step <= STEPS; step++) {
    await bobWorld.call("player_movement", { x: 10 + step / 2, y: 0, seq: step });
    await cleoWorld.call("player_movement", { x: FAR + step / 2, y: 0, seq: step });
    await annWorld.call("player_movement", { x: -step / 2, y: 0, seq: step });
    await Promise.all([seesAt(annWorld, bob, 10 + step / 2), seesAt(bobWorld, ann, -step / 2)]);
  }
  const { players } = await annWorld.call("nearby", {});
  if (players.map(({ user_id }) => user_id).join() !== bob.userId)
    throw new Error(`near ann are ${JSON.stringify(players)}`);
  if (frames.some((frame) => mentions(frame, cleo))) throw new Error("ann has seen cleo, who is far away");
  stage.say(`ann and bob see each other take ${STEPS} steps in the meadow; nobody sees cleo, ${FAR} away.`);
}
