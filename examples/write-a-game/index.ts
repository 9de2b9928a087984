/** A server with one more game. Run it: `node --import=tsx examples/write-a-game/index.ts`. */
import { createApp, createLog, loadConfig } from "../../server/index.ts";
import { rockPaperScissors } from "./rock-paper-scissors.ts";

const { config } = loadConfig({ env: process.env });
const app = await createApp(config, { log: createLog(config.log), games: [rockPaperScissors] });
console.log(`room:create {"game":"rock-paper-scissors"} on /game of ${(await app.listen()).url}`);
process.once("SIGINT", () => void app.close());
