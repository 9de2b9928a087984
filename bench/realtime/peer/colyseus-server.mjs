/**
 * Colyseus 0.18, as simple as it can be: inputs are plain messages, the state is a schema of 32-bit numbers, patches at the rate of the
 * simulation. No prediction, no limits, no tokens, no journal. It runs in the folder that its packages are installed in.
 */
import { Room, Server } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";

const WIDTH = 1_000;
const SPEED = 20;
const Ship = schema({ owner: t.string(), x: t.float32(), y: t.float32() }, "Ship");
const State = schema({ tick: t.uint32(), ships: t.map(Ship) }, "State");

class Bench extends Room {
  state = new State();
  inputs = new Map();

  onCreate({ hz, most }) {
    this.maxClients = most;
    this.patchRate = 1_000 / hz;
    this.state.tick = 0;
    this.onMessage("input", (client, input) => this.inputs.set(client.sessionId, input));
    this.setFixedTimestep(({ dt }) => {
      this.state.tick++;
      for (const [id, ship] of this.state.ships) {
        const [, x, y] = this.inputs.get(id) ?? [0, 0, 0];
        ship.x = (ship.x + x * SPEED * dt + WIDTH) % WIDTH;
        ship.y = (ship.y + y * SPEED * dt + WIDTH) % WIDTH;
      }
    }, hz);
  }

  onJoin(client) {
    const at = this.state.ships.size;
    const ship = new Ship();
    ship.owner = client.sessionId;
    ship.x = ((at * 0.754877666) % 1) * WIDTH;
    ship.y = ((at * 0.569840291) % 1) * WIDTH;
    this.state.ships.set(client.sessionId, ship);
  }

  onLeave(client) {
    this.state.ships.delete(client.sessionId);
    this.inputs.delete(client.sessionId);
  }
}

const server = new Server({ transport: new WebSocketTransport(), greet: false });
server.define("bench", Bench).filterBy(["key"]);
const port = Number(process.env.BENCH_PORT);
await server.listen(port, "127.0.0.1");

process.on("message", ({ ask }) => {
  if (ask === "stop") process.exit(0);
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({
    usage: { cpuMicros: user + system, atMs: performance.now(), rssBytes: rss, heapBytes: heapUsed },
  });
});
process.on("disconnect", () => process.exit(1));
process.send?.({ ready: { url: `http://127.0.0.1:${port}` } });
