/** Real-time rooms while a host is cut off: never two owners, and what is durable stays. */
import { setTimeout as delay } from "node:timers/promises";
import { checkEffects } from "../../effects.ts";
import { ms } from "../../figures.ts";
import { playRooms } from "../../realtime/play.ts";
import type { Row } from "../../row.ts";
import { oneRedis } from "../data.ts";
import type { Network } from "../network.ts";
import { DATA_HOSTS, HOSTS, type Lab, openLab } from "../stage.ts";

const CUT_MS = 6_000;
const ROOMS = 3;

interface RoomsFault {
  readonly id: string;
  readonly title: string;
  readonly tried: string;
  /** @returns what mends it at the end, where it has not been mended */
  during(lab: Lab): Promise<(() => Promise<void>) | undefined>;
}

const BREAKS: readonly RoomsFault[] = [
  {
    id: "rooms-cut",
    title: "real-time rooms, and a host that is cut from Redis",
    tried: "packets between the first host and Redis are dropped both ways for 6 s",
    async during({ network, data }) {
      const mend = await network.part(HOSTS[0], data.hosts);
      await delay(CUT_MS);
      await mend();
      return undefined;
    },
  },
  {
    id: "rooms-vanish",
    title: "real-time rooms, and a host that vanishes",
    tried: "the first host's link goes down and its processes are killed",
    async during({ network, hosts }) {
      const plug = await network.unplug(HOSTS[0]);
      await Promise.all((hosts[0]?.workers ?? []).map((worker) => worker.end("SIGKILL")));
      return plug;
    },
  },
];

export const roomRows = (network: Network): readonly Row[] =>
  BREAKS.map(({ id, title, tried, during }) => ({
    ...{ id, title, tried },
    group: "lab",
    mustHold:
      "every frame is the journal's, or of a tick that was not durable; epochs and acks never go back; no input lost of players who stayed",
    async run({ draws, progress }) {
      const lab = await openLab({ network, startData: oneRedis(DATA_HOSTS[0]), sticky: false });
      let mend: (() => Promise<void>) | undefined;
      try {
        const played = await playRooms({
          urls: lab.hosts.map(({ workers }) => workers[0]?.url ?? ""),
          rooms: ROOMS,
          ...{ draws, progress },
          token: (user) => lab.token(user),
          async during() {
            mend = await during(lab);
          },
          stays: (worker) => worker > 0,
        });
        const { ticks, agreed, undone, inputs, gapsMs, problems } = played;
        const figures = `${ticks} ticks, ${agreed} frames as the journal has them, ${undone} of ticks that were stepped again, ${inputs} inputs; players who stayed were at most ${ms(Math.max(0, ...gapsMs))} without a frame`;
        const isWhole = problems.length === 0 && agreed > 0;
        return {
          verdict: checkEffects([{ id: "frames", answers: ["all"], effects: isWhole ? 1 : 0 }]),
          figures,
          problems,
        };
      } finally {
        await mend?.();
        await lab.close();
      }
    },
  }));
