/** Another service announces something by HTTP: everybody in `/game` hears it, on whatever worker. */
import type { GameContract } from "../../namespaces/game/schema.ts";
import type { Cast, Stage } from "./stage.ts";

const LIMIT_MS = 5_000;

export async function announce(stage: Stage, { ann, bob }: Cast): Promise<void> {
  const message = `the server restarts at noon, says ${ann.userId}'s operator`;
  const token = await stage.token("demo-operator", { name: "operator", roles: ["service"] });
  const answer = await fetch(`${stage.url}/api/websocket`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({
      namespace: "/game",
      message_type: "announcement",
      data: { message, level: "info" },
    }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!answer.ok) throw new Error(`the announcement was refused: ${answer.status} ${await answer.text()}`);
  for (const player of [ann, bob]) {
    const game = await player.enter<GameContract>("/game");
    await game.next("announcement", (heard) => heard.message === message);
  }
  stage.say("an announcement sent by HTTP reaches both.");
}
