/** Row 34: what a player says that the rules do not allow. */
import { enter, isRefused, served } from "./player.ts";
import { abuseRow } from "./row.ts";
import type { Target } from "./target.ts";

/** Units a second, and the credit for delay, of a server as it starts. */
const SPEED = 20;
const CREDIT_S = 1;
const MOVE_EVERY_MS = 50;

async function moveTooFast(target: Target): Promise<void> {
  const watcher = await enter(target.urls[0], "/ws/world", target.token("watcher"));
  const cheat = await enter(target.urls[0], "/ws/world", target.token("mallory"));
  await watcher.call("enter", { zone: "arena", x: 0, y: 0 });
  await cheat.call("enter", { zone: "arena", x: 0, y: 0 });
  const startedAt = performance.now();
  let x = 0;
  for (let at = 0; at === 0 || target.goesOn(); at++) {
    // Twice the speed for a while, then a jump, then what is no number.
    x += (2 * SPEED * MOVE_EVERY_MS) / 1_000;
    await cheat.call("player_movement", { x, y: 0 });
    if (at % 10 === 5) await cheat.call("player_movement", { x: 90, y: 90 });
    if (at % 20 === 10)
      for (const bad of ["1e999", "-1e999", "null", '"NaN"', "1e7", "[]", "{}"]) {
        const answer = await cheat.call("player_movement", `{"x":${bad},"y":0}`);
        target.expect(isRefused(answer), `a position of ${bad} was accepted`);
        target.note("no number, refused");
      }
    await new Promise((resolve) => setTimeout(resolve, MOVE_EVERY_MS));
  }
  let cheats = 0;
  const seen = watcher.heard.filter(
    ({ type, user_id }) => type === "player_movement" && user_id === "mallory",
  );
  for (const { x: seenX, y: seenY, at } of seen) {
    const most = SPEED * ((Number(at) - startedAt) / 1_000 + CREDIT_S) + 1;
    if (Math.hypot(Number(seenX), Number(seenY)) > most) cheats++;
  }
  target.note("moves seen", seen.length);
  target.note("cheats seen", cheats);
  target.expect(cheats === 0, `${cheats} positions were seen that nobody could have reached`);
  target.expect(seen.length > 0, "no move was seen at all");
  for (const one of [watcher, cheat]) one.ws.terminate();
}

async function claimDice(target: Target): Promise<void> {
  const [ann, bob] = await Promise.all(
    ["ann", "bob"].map((user) => enter(target.urls[0], "/ws/game", target.token(user))),
  );
  if (!ann || !bob) throw new Error("there are not two players");
  const { room_id } = (await served(ann, "room:create", { game: "dash-dice" })).room as { room_id: string };
  await served(bob, "room:join", { room_id });
  await served(ann, "room:start", { room_id });
  const stateOf = async () => {
    const { state } = await served(bob, "room:state", { room_id });
    return state as { turn: string; turn_points: number; last_roll: number | null };
  };
  const before = await stateOf();
  const [active, other] = before.turn === "ann" ? [ann, bob] : [bob, ann];
  for (const [name, player, action] of [
    ["out of turn", other, { action: "roll" }],
    ["bank without points", active, { action: "bank" }],
    ["an action of its own", active, { action: "win" }],
    ["a method of objects", active, { action: "constructor" }],
    ["dice of its own", active, { action: "roll", args: { value: 6, last_roll: 6 } }],
  ] as const) {
    const answer = await player.call("game:action", { room_id, ...action });
    const after = await stateOf();
    if (name === "dice of its own") {
      const roll = Number(after.last_roll ?? 1);
      target.expect(isRefused(answer) || (roll >= 1 && roll <= 6), `a roll became ${roll}`);
      target.note(isRefused(answer) ? "refused" : "the server's dice");
      continue;
    }
    target.expect(isRefused(answer), `${name} was accepted`);
    target.expect(JSON.stringify(after) === JSON.stringify(before), `${name} changed the state`);
    target.note("refused");
  }
  for (const one of [ann, bob]) one.ws.terminate();
}

export const cheats = abuseRow({
  id: "34",
  title: "teleports, double speed, no numbers, dice of one's own",
  tried: "movements in a zone that another watches, and actions of a game against its rules",
  mustHold: "cheats seen by others 0, state unchanged",
  async attack(target) {
    await claimDice(target);
    await moveTooFast(target);
  },
});
