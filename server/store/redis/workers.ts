/** The list of workers that live. */
import { singleFlight } from "../../../core/async.ts";
import type { WorkerId } from "../../../core/ids.ts";
import { asId } from "../../../core/ids.ts";
import type { Presence, WorkerInfo } from "../../../core/ports/store/presence.ts";
import type { RedisContext } from "./context.ts";
import { decode, list, number, type Reply, text } from "./reply.ts";

interface WorkerCounts {
  /** The store's time when the workers were looked at. */
  readonly at: number;
  readonly alive: ReadonlySet<WorkerId>;
  /** Taken off the list just now. */
  readonly buried: readonly WorkerId[];
}

export interface Workers extends Pick<Presence, "heartbeat" | "listed" | "retire"> {
  /** Puts this worker on the list before its first connection is told, so that others sweep it should it die. */
  register(): Promise<void>;
  list(): Promise<WorkerInfo[]>;
  /** Takes the workers off the list that have been silent for longer, so that their next heartbeat tells them. */
  bury(deadAfterMs: number): Promise<WorkerCounts>;
}

export function createWorkers({ keys, run, worker }: RedisContext): Workers {
  /** Whether this worker was ever on the list: not to be on it then means that it was swept, or that Redis is new. */
  let enlisted = false;
  let listed = "";

  async function heartbeat(info: Readonly<Record<string, unknown>>): Promise<boolean> {
    const reply = await run("worker_heartbeat", keys.workers, [worker, JSON.stringify(info)]);
    const first = !enlisted;
    enlisted = true;
    listed = text(reply, 2);
    return first || number(reply, 1) === 1;
  }

  const firstHeartbeat = singleFlight(() => heartbeat({}));

  return {
    heartbeat,
    get listed() {
      return listed;
    },
    async register() {
      if (!enlisted) await firstHeartbeat();
    },
    async retire() {
      await run("worker_retire", keys.workers, [worker]);
      enlisted = false;
    },
    async list() {
      return readWorkers(await run("worker_list", keys.workers, ["", ""]));
    },
    async bury(deadAfterMs) {
      const reply = await run("worker_list", keys.workers, [deadAfterMs, worker]);
      return {
        at: number(reply, 0),
        alive: new Set(readWorkers(reply).map((one) => one.worker)),
        buried: list(reply, 1).map((_, at, gone) => asId<WorkerId>(text(gone, at))),
      };
    },
  };
}

function readWorkers(reply: Reply): WorkerInfo[] {
  return Array.from({ length: (reply.length - 2) / 2 }, (_, i) => ({
    worker: asId<WorkerId>(text(reply, 2 + 2 * i)),
    info: decode<WorkerInfo["info"]>(text(reply, 3 + 2 * i)),
  }));
}
