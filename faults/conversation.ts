/** Many users talk in many channels while something is broken; what they saw is checked in the end. */
import { setTimeout as delay } from "node:timers/promises";
import { type Connect, connectTalker, observerOf, type Talker } from "./chatter.ts";
import { check, type Verdict } from "./checker.ts";
import type { Entry, Operation, Seen } from "./history.ts";
import type { Draws } from "./random.ts";
import type { Cluster } from "./stage.ts";

export interface ConversationOptions {
  readonly draws: Draws;
  readonly users: number;
  /** Users of one channel. */
  readonly perChannel: number;
  /** Messages of all users together, and until when they are said: whichever comes first. */
  readonly messages: number;
  readonly withinMs: number;
  /** Messages a second of all users together; left out: as fast as answers come. */
  readonly perSecond?: number;
  readonly connect?: Connect;
  /** Where the server keeps no streams there is none to compare with. */
  readonly readable?: boolean;
  /** Where each user connects; left out: through the balancer. */
  readonly urlOf?: (at: number) => string | undefined;
  /** What is broken while they talk. The conversation goes on until it is done, and a little longer. */
  readonly during?: (talk: {
    readonly talkers: readonly Talker[];
    readonly said: () => number;
  }) => Promise<void>;
}

export interface ConversationResult {
  readonly verdict: Verdict;
  readonly acknowledged: number;
  readonly seconds: number;
}

/** Users connected at the same time in one step, so that the first seconds are not a storm. */
const CONNECT_AT_ONCE = 20;
/** How long observers may take to see the last messages. */
const SETTLE_MS = 20_000;

export async function converse(stage: Cluster, options: ConversationOptions): Promise<ConversationResult> {
  const { users, perChannel, connect = connectTalker } = options;
  const talkers: Talker[] = [];
  for (let at = 0; at < users; at += CONNECT_AT_ONCE)
    talkers.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(CONNECT_AT_ONCE, users - at) }, (_, i) =>
          connect(
            stage,
            `user-${at + i}`,
            `channel-${Math.floor((at + i) / perChannel)}`,
            options.urlOf?.(at + i),
          ),
        ),
      )),
    );
  const startedAt = performance.now();
  const operations: Operation[] = [];
  let breaking = options.during !== undefined;
  let failure: unknown;
  const broken = (async () => {
    await options.during?.({ talkers, said: () => operations.length });
  })()
    .catch((err: unknown) => {
      failure = err;
    })
    .finally(() => {
      breaking = false;
    });
  const until = performance.now() + options.withinMs;
  let started = 0;
  const pauseMs = options.perSecond === undefined ? 0 : (1_000 * users) / options.perSecond;

  async function talk(talker: Talker, draws: Draws): Promise<void> {
    // Those who talk at a pace do not all begin at once.
    if (pauseMs > 0) await delay(draws.below(pauseMs));
    for (let at = 0; ; at++) {
      const enough = started >= options.messages || performance.now() > until;
      if (enough && !breaking) return;
      started++;
      const id = `${talker.name}:${at}`;
      const outcome = await talker.send(id);
      operations.push({ id, stream: talker.stream, sender: talker.name, outcome });
      if (pauseMs > 0) await delay(pauseMs / 2 + draws.below(pauseMs));
    }
  }
  await Promise.all(talkers.map((talker) => talk(talker, options.draws.fork(talker.name))));
  await broken;
  if (failure !== undefined) throw failure;
  const seconds = (performance.now() - startedAt) / 1_000;
  const final = options.readable === false ? undefined : await readAll(talkers);
  await settled(talkers, final, operations);
  for (const talker of talkers) talker.close();
  return {
    verdict: check({ operations, observers: talkers.map(observerOf), final }),
    acknowledged: operations.filter(({ outcome }) => outcome.kind === "ok").length,
    seconds,
  };
}

async function readAll(talkers: readonly Talker[]): Promise<Map<string, readonly Entry[]>> {
  const readers = new Map(talkers.map((talker) => [talker.stream, talker]));
  const read = [...readers].map(async ([stream, talker]) => [stream, await talker.read()] as const);
  return new Map(await Promise.all(read));
}

/** Waits until everybody has seen as much as there is, or for as long as is allowed. */
async function settled(
  talkers: readonly Talker[],
  final: ReadonlyMap<string, readonly Entry[]> | undefined,
  operations: readonly Operation[],
): Promise<void> {
  const expected = new Map<string, number>();
  if (final) for (const [stream, entries] of final) expected.set(stream, entries.length);
  else
    for (const { stream, outcome } of operations)
      if (outcome.kind === "ok") expected.set(stream, (expected.get(stream) ?? 0) + 1);
  const limit = final ? SETTLE_MS : 2_000;
  for (const until = performance.now() + limit; performance.now() < until; await delay(50)) {
    const behind = talkers.some(
      ({ seen, stream }) => !seen.some(isGap) && seen.length < (expected.get(stream) ?? 0),
    );
    if (!behind) return;
  }
}

const isGap = ({ kind }: Seen) => kind === "gap";
