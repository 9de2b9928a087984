// The server with your games. `npm start` runs it; config.yaml and the environment configure it.
import { createApp, createLog, loadConfig } from "muster-server";
import { twentyOne } from "./game.js";

const { config, warnings } = loadConfig({ env: process.env });
const log = createLog(config.log);
for (const warning of warnings) log.warn({}, warning);

const app = await createApp(config, { log, games: [twentyOne] });
const { url } = await app.listen();
log.info({ url }, "listening");

const stop = async () => {
  await app.close();
  process.exit(0);
};
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
// PM2 waits for it before it stops the process before.
process.send?.("ready");
