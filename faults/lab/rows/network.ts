/** The lab's own control: what it cuts is cut, one way or both, and what it mends goes on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { checkEffects } from "../../effects.ts";
import type { Row } from "../../row.ts";
import { until } from "../../waiting.ts";
import type { Network } from "../network.ts";
import { HOSTS } from "../stage.ts";

const PORT = 4_000;
const ECHO = `require("node:net").createServer((one) => one.on("error", () => undefined).pipe(one)).listen(${PORT}, () => console.log("listening"))`;
/** Many times what a packet takes here. */
const CUT_MS = 300;
const MENDED_WITHIN_MS = 20_000;

export const networkRow = (network: Network): Row => ({
  id: "network",
  title: "the network itself: packets are dropped and come again",
  tried: "one connection, cut from the host, to the host, both ways, and unplugged",
  mustHold: "nothing arrives while it is cut, all of it afterwards",
  group: "lab",
  async run() {
    const [host] = HOSTS;
    const [command = "", ...words] = [...network.on(host), process.execPath, "-e", ECHO];
    const server = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
    let socket: Socket | undefined;
    try {
      await once(server.stdout, "data");
      socket = connect(PORT, network.address(host)).setNoDelay(true);
      let heard = "";
      socket.on("data", (data) => (heard += String(data)));
      const ways: readonly (readonly [string, () => Promise<() => Promise<void>>])[] = [
        ["from", () => network.cut(host, ["clients"])],
        ["to", () => network.cut("clients", [host])],
        ["both ways", () => network.part(host, ["clients"])],
        ["unplugged", () => network.unplug(host)],
      ];
      const problems: string[] = [];
      for (const [way, cut] of ways) {
        const mend = await cut();
        socket.write(`${way}\n`);
        await delay(CUT_MS);
        if (heard.includes(way)) problems.push(`what was sent came back while the host was cut: ${way}`);
        await mend();
        await until(`an echo after ${way}`, () => heard.includes(way), MENDED_WITHIN_MS);
      }
      const effects = ways.map(([id]) => ({
        id,
        answers: ["sent"],
        effects: heard.split(`${id}\n`).length - 1,
      }));
      return { verdict: checkEffects(effects), figures: `${ways.length} cuts, all mended`, problems };
    } finally {
      socket?.destroy();
      server.kill("SIGKILL");
    }
  },
});
