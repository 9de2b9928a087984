/** A question to all workers over the bus: who answers in time is heard, nobody is waited for longer. A message that is lost costs nothing. */
import { randomUUID } from "node:crypto";
import { endsWithin } from "../../core/async.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { WorkerId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { Store } from "../../core/ports/store/store.ts";

/** How long the others have to answer. */
const ANSWER_MS = 800;
/** When those who have not answered are asked again: a message may have been lost. */
const AGAIN_MS = 300;

interface Asked<Q> {
  readonly id: string;
  readonly by: WorkerId;
  readonly question: Q;
  /** Who is asked again; left out: everybody. */
  readonly to?: readonly WorkerId[];
  /** Where the answers go, so that no other worker hears them. Left out by older versions: to all. */
  readonly replyTo?: string;
}
interface ClusterReply<A> {
  readonly id: string;
  readonly by: WorkerId;
  readonly answer: A;
}

export interface ClusterRequest<Q, A> {
  /** This worker's answer first, then those of the others that came in time; of this one alone while the store is away. */
  ask(question: Q): Promise<A[]>;
  /** The same. @throws GameError `unavailable` where the others cannot be asked */
  askAll(question: Q): Promise<A[]>;
  close(): void;
}

export interface ClusterRequestOptions<Q, A> {
  readonly store: Store;
  readonly worker: WorkerId;
  readonly log: Log;
  /** Names the question; the same on all workers. */
  readonly name: string;
  /** What this worker answers; plain data. */
  answer(question: Q): A | Promise<A>;
}

export async function createClusterRequest<Q, A>(
  options: ClusterRequestOptions<Q, A>,
): Promise<ClusterRequest<Q, A>> {
  const { store, worker, log, name } = options;
  const askTopic = topic<Asked<Q>>(`${name}:ask`);
  const replyTo = `${name}:tell:${worker}`;
  /** For workers of older versions. */
  const repliesToAll = `${name}:tell`;
  const waiting = new Map<string, (given: ClusterReply<A>) => void>();

  async function reply({ id, question, replyTo: where = repliesToAll }: Asked<Q>): Promise<void> {
    try {
      const given = { id, by: worker, answer: await options.answer(question) };
      await store.bus.publish(topic<ClusterReply<A>>(where), given);
    } catch (err) {
      log.warn({ err, question: name }, "another worker's question could not be answered");
    }
  }

  const hear = (given: ClusterReply<A>) => waiting.get(given.id)?.(given);
  const ends = [
    await store.bus.subscribe(askTopic, (asked) => {
      if (asked.by !== worker && asked.to?.includes(worker) !== false) void reply(asked);
    }),
    await store.bus.subscribe(topic<ClusterReply<A>>(replyTo), hear),
    await store.bus.subscribe(topic<ClusterReply<A>>(repliesToAll), hear),
  ];

  async function others(question: Q): Promise<A[]> {
    if (!store.shared) return [];
    const listed = (await store.presence.workers()).map((other) => other.worker);
    const expected = listed.filter((other) => other !== worker);
    if (expected.length === 0) return [];
    const id = randomUUID();
    const answers = new Map<WorkerId, A>();
    let again: NodeJS.Timeout | undefined;
    try {
      const answered = new Promise<void>((resolve, reject) => {
        waiting.set(id, ({ by, answer }) => {
          answers.set(by, answer);
          if (answers.size >= expected.length) resolve();
        });
        const put = (asked: Asked<Q>) =>
          store.bus.publish(askTopic, { ...asked, replyTo }).then((reached) => {
            if (!reached) reject(new Error("the bus does not reach the other workers"));
          }, reject);
        void put({ id, by: worker, question });
        again = setTimeout(() => {
          void put({ id, by: worker, question, to: expected.filter((other) => !answers.has(other)) });
        }, AGAIN_MS);
      });
      await endsWithin(ANSWER_MS, answered);
    } finally {
      clearTimeout(again);
      waiting.delete(id);
    }
    return [...answers.values()];
  }

  return {
    async ask(question) {
      const own = await options.answer(question);
      if (!store.health().ok) return [own];
      const rest = await others(question).catch((err: unknown) => {
        log.debug({ err, question: name }, "the other workers could not be asked");
        return [];
      });
      return [own, ...rest];
    },
    async askAll(question) {
      const own = await options.answer(question);
      const rest = await others(question).catch((cause: unknown) => {
        throw new GameError("unavailable", { cause });
      });
      return [own, ...rest];
    },
    close() {
      for (const end of ends) end();
    },
  };
}
