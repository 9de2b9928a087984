/** Row 35: the fuzzer. */
import { abuseRow } from "../abuse/row.ts";
import { lanes } from "../abuse/target.ts";
import { frameOf, PROTOCOLS, type Protocol } from "./frames.ts";
import { BATCH, sendFrames } from "./senders.ts";

const FRAMES = { full: 20_000, quick: 600 };
const LANES = 12;
/** Of all frames. Those that end their connection, as broken requests do, take the longest. */
const SHARES: Readonly<Record<Protocol, number>> = {
  engine: 0.25,
  plain: 0.25,
  polling: 0.15,
  protobuf: 0.15,
  bits: 0.1,
  http: 0.1,
};
const USERS = 30;

export const mutatedFrames = abuseRow({
  id: "35",
  title: "mutated frames on every protocol",
  tried: "seeded frames of Engine.IO, Socket.IO, plain WebSocket (JSON and bits), protobuf and HTTP",
  mustHold: "no exit, no error that nobody caught, no leak",
  unlimited: true,
  env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_USER: "0" },
  // Rooms, parties, fights and entities that the frames made are kept for their time; the heap grows to what is under way.
  maxHeldMb: 64,
  maxGrowthMb: 160,
  maxSlopeMb: 4,
  times: 1,
  async attack(target) {
    const wanted = target.frames ?? (target.quick ? FRAMES.quick : FRAMES.full);
    let sent = 0;
    const sentOf: Record<Protocol, number> = {
      engine: 0,
      plain: 0,
      polling: 0,
      protobuf: 0,
      bits: 0,
      http: 0,
    };
    /** The one that is furthest behind its share. */
    const next = () =>
      PROTOCOLS.reduce((least, one) =>
        sentOf[one] / SHARES[one] < sentOf[least] / SHARES[least] ? one : least,
      );
    let told = performance.now();
    const service = target.token("service", { roles: ["service"] });
    await lanes(LANES, { ...target, goesOn: () => sent < wanted }, async (lane, turn) => {
      const protocol = next();
      const draws = target.draws.fork(`${lane}/${turn}`);
      const frames = Array.from({ length: BATCH[protocol] }, () => frameOf(protocol, draws));
      sent += frames.length;
      sentOf[protocol] += frames.length;
      target.note(protocol, frames.length);
      const token = protocol === "http" ? service : target.token(`fuzz-${(lane + turn) % USERS}`);
      await sendFrames(protocol, frames, {
        url: target.urls[turn % target.urls.length] ?? target.urls[0],
        token,
        turn,
      });
      if (performance.now() - told < 10_000) return;
      told = performance.now();
      target.progress(`${sent} of ${wanted} frames`);
    });
  },
});
