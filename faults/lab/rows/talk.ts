/** A fault of the network while users of all hosts talk: what was lost, and how long anybody was without an answer. */
import { setTimeout as delay } from "node:timers/promises";
import { type Connect, talkerOver } from "../../chatter.ts";
import { faultsOf } from "../../checker.ts";
import { converse } from "../../conversation.ts";
import { ms, percentile, seconds } from "../../figures.ts";
import type { Row, RowContext } from "../../row.ts";
import { overBadLinks, type StartData } from "../data.ts";
import { type LinkQuality, openBadLinks } from "../links.ts";
import { clientAddress, type Network } from "../network.ts";
import type { RelayCounts } from "../relay.ts";
import { DATA_HOSTS, HOSTS, type Lab, openLab } from "../stage.ts";

const BACK_WITHIN_MS = 10_000;
const USERS = 24;
const PER_SECOND = 48;
const CALM_MS = 2_000;
/** After the fault, so that who comes back late is seen. */
const AFTER_MS = 6_000;

export interface LabFault {
  readonly id: string;
  readonly title: string;
  readonly tried: string;
  readonly data: StartData;
  readonly sticky?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Of what goes between the workers' hosts and Redis, all the time. Default: as the machine is. */
  readonly links?: LinkQuality;
  /** In which 99 of 100 commands are answered. */
  readonly answeredWithinMs?: number;
  /** Default: everybody is back within ten seconds. Infinity: only measured. */
  readonly backWithinMs?: number;
  readonly onRequest?: true;
  /** What Redis does not promise in this setting: what is lost is shown, and is no failure of the row. */
  readonly mayLose?: string;
  /** Breaks something, and mends it. */
  during(lab: Lab, context: RowContext): Promise<void>;
}

/** When each user was answered, and after how long. */
class Answers {
  readonly tookMs: number[] = [];
  readonly #last = new Map<string, number>();
  #longest = new Map<string, number>();

  add(name: string, sentAt: number): void {
    const now = performance.now();
    this.tookMs.push(now - sentAt);
    const last = this.#last.get(name);
    if (last !== undefined) this.#longest.set(name, Math.max(this.#longest.get(name) ?? 0, now - last));
    this.#last.set(name, now);
  }

  /** From now on. */
  restart(): void {
    this.#longest = new Map();
  }

  /** The longest times without an answer, of each user. */
  get silencesMs(): number[] {
    const now = performance.now();
    return [...this.#last].map(([name, last]) => Math.max(this.#longest.get(name) ?? 0, now - last));
  }
}

/** Every third polls: those need a balancer that keeps them at their worker. */
const clients = (sticky: boolean, answers: Answers): Connect => {
  const at = (name: string) => Number(name.split("-")[1] ?? 0);
  const over = (transports: ("polling" | "websocket")[]) =>
    talkerOver(transports, (name) => ({ localAddress: clientAddress(at(name)) }) as object);
  const [socket, poll] = [over(["websocket"]), over(["polling", "websocket"])];
  return async (stage, name, stream, url) => {
    const talker = await (sticky && at(name) % 3 === 0 ? poll : socket)(stage, name, stream, url);
    return {
      ...talker,
      get connected() {
        return talker.connected;
      },
      async send(id) {
        const sentAt = performance.now();
        const outcome = await talker.send(id);
        if (outcome.kind === "ok") answers.add(name, sentAt);
        return outcome;
      },
    };
  };
};

const shown = ({ passed, dropped, lateMs }: RelayCounts): string =>
  `${passed} packets ${ms(lateMs)} late, ${dropped} lost`;

/** A network that is not bad would prove nothing. */
function unusedLinks(
  { passed, dropped, lateMs }: RelayCounts,
  { delayMs = 0, lostOfThousand = 0 }: Partial<LinkQuality> = {},
): string[] {
  const share = dropped / Math.max(1, passed + dropped);
  return passed < 1_000 || lateMs < delayMs * 0.9 || share < (lostOfThousand / 1_000) * 0.8
    ? ["the links were not as bad as they should be"]
    : [];
}

export const rowOf =
  (network: Network) =>
  (fault: LabFault): Row => {
    const { backWithinMs = BACK_WITHIN_MS, sticky = false } = fault;
    const back = Number.isFinite(backWithinMs)
      ? `; nobody without an answer for more than ${seconds(backWithinMs)}`
      : "";
    const inTime =
      fault.answeredWithinMs === undefined
        ? ""
        : `; 99 of 100 commands answered within ${seconds(fault.answeredWithinMs)}`;
    const lossless =
      fault.mayLose === undefined
        ? "nothing acknowledged lost, doubled or reordered"
        : `measured: ${fault.mayLose}`;
    return {
      id: fault.id,
      title: fault.title,
      tried: fault.tried,
      group: "lab",
      ...(fault.onRequest ? { onRequest: true as const } : {}),
      mustHold: `${lossless}${back}${inTime}`,
      async run(context) {
        const links =
          fault.links &&
          (await openBadLinks(network, [...HOSTS, ...DATA_HOSTS], fault.links, context.draws.below(1e9)));
        let lab: Lab | undefined;
        try {
          const opened = await openLab({
            network,
            startData: links === undefined ? fault.data : overBadLinks(links, fault.data),
            sticky,
            ...(fault.env && { env: fault.env }),
          });
          lab = opened;
          const answers = new Answers();
          const { verdict, acknowledged } = await converse(opened, {
            draws: context.draws,
            users: context.quick ? USERS / 2 : USERS,
            perChannel: 4,
            messages: 0,
            withinMs: 0,
            perSecond: PER_SECOND,
            connect: clients(sticky, answers),
            async during() {
              await delay(CALM_MS);
              answers.restart();
              await fault.during(opened, context);
              await delay(AFTER_MS);
            },
          });
          const silences = answers.silencesMs;
          const worst = Math.max(0, ...silences);
          const late = silences.filter((one) => one > backWithinMs).length;
          const problems: string[] = [];
          if (late > 0)
            problems.push(
              `${late} of ${silences.length} users were without an answer for up to ${seconds(worst)}`,
            );
          const p99 = percentile(answers.tookMs, 0.99);
          if (p99 > (fault.answeredWithinMs ?? Number.POSITIVE_INFINITY))
            problems.push(`commands were answered after ${ms(p99)} at p99`);
          if (links !== undefined) problems.push(...unusedLinks(links.counts, fault.links));
          const exits = opened.workers.reduce((sum, { unexpectedExits }) => sum + unexpectedExits, 0);
          if (exits > 0) problems.push(`${exits} workers exited`);
          const lost = faultsOf(verdict);
          const figures = [
            `${acknowledged} acknowledged`,
            ...(fault.mayLose === undefined
              ? []
              : [`${lost} of them lost, doubled or reordered, ${verdict.gapsTold} gaps told`]),
            `longest without an answer ${seconds(worst)}`,
            ...(links === undefined
              ? []
              : [
                  `answers p50 ${ms(percentile(answers.tookMs, 0.5))}, p99 ${ms(p99)}; ${shown(links.counts)}`,
                ]),
          ];
          if (fault.mayLose === undefined) return { verdict, figures: figures.join(", "), problems };
          const counts = { ...verdict.counts, lost: 0, duplicated: 0, reordered: 0, falselyAcknowledged: 0 };
          return { verdict: { ...verdict, counts, examples: [] }, figures: figures.join(", "), problems };
        } finally {
          await lab?.close();
          await links?.end();
        }
      },
    };
  };
