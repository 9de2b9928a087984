/**
 * Plays a scene once for each write that it makes, and lets the worker meet a fault at that write: killed, or with a store that goes away
 * for a while. Afterwards another worker (or the next process) is there, time passes, and whatever is kept in two places must agree.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Contract, NamespaceName } from "../../../core/contract/contract.ts";
import { type IndexKey, indexKey, partitions, presenceScope } from "../../../core/ports/store/keys.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import type { ConnectAs, Setup, StartOptions, TestApp, TestClient } from "../../support/app.ts";
import { Doom, type Fault, Written } from "../../support/doomed-store.ts";

export interface Stage {
  readonly app: TestApp;
  /** A client of the worker that meets the fault; `other` of one that does not, where there are two. */
  connect<C extends Contract>(contract: C, user: string, as?: ConnectAs): Promise<TestClient<C>>;
  other<C extends Contract>(contract: C, user: string, as?: ConnectAs): Promise<TestClient<C>>;
  /** Ends a connection, and resolves when the worker has dealt with that. */
  leave(client: { readonly socket: TestClient<Contract>["socket"]; disconnect(): void }): Promise<void>;
  /** Lets time pass, with all that is due. */
  pass(ms: number): Promise<void>;
}

export interface Scene<S> {
  readonly title: string;
  readonly options?: StartOptions;
  /** Time to let pass at last, where half a minute after the longest wait is too little. */
  readonly thenMs?: readonly number[];
  /** What there is before. */
  before(stage: Stage): Promise<S>;
  /** What is done when the fault comes; whatever becomes of it. */
  act(stage: Stage, made: S): Promise<unknown>;
}

export const scene = <S>(one: Scene<S>): Scene<unknown> => one as Scene<unknown>;

/** Scopes to ask presence with: a test sets no edges. */
export const asked = (namespace: NamespaceName): PresenceScope => ({
  name: presenceScope(namespace),
  online: [],
  offline: [],
});
export const game = asked("/game");

export const membersOf = async (store: Store, key: IndexKey<unknown>): Promise<string[]> =>
  (await store.indexes.page(key, { limit: 500 })).members.map(({ member }) => member);

export async function connectionsOf(store: Store, scope: PresenceScope, user: string): Promise<number> {
  const [record] = await store.presence.get(scope, [user]);
  return record?.connections ?? 0;
}

/** Places that are taken by what is not there. */
export async function placesWrongs(
  store: Store,
  kind: string,
  exists: (id: string) => boolean,
): Promise<string[]> {
  const taken = await membersOf(store, indexKey(partitions.quota(kind), "places"));
  return taken.filter((id) => !exists(id)).map((id) => `${id} takes a place of ${kind} and is not there`);
}

/** What is kept in two places and does not agree, in words. */
export type Wrongs = (store: Store, written: Written) => Promise<string[]>;

/** More writes than any scene makes. */
const MAX_WRITES = 60;
/** Longer than leases, grace periods and the time that an entry may be about to come true. */
const AFTERWARDS_MS = [0, 7_000, 11_000, 31_000, 61_000];
const ANSWER_MS = 5_000;
/** What does not agree yet is looked at again, so often and so far apart: a busy machine has not come to all that is due. */
const MAX_LOOKS = 6;
const LOOK_AGAIN_MS = 250;

/** The ways in which a store goes away are tried on one setup each: the code that bears them is the same. */
const faultsOn = (setup: Setup): readonly Fault[] =>
  isEmbedded(setup) ? ["killed", "unanswered", "blip"] : ["killed", "unwritten"];
const isEmbedded = ({ name }: Setup) => name === "embedded, one process";

/** A worker is killed at every write. A store goes away at one write in so many, at others in the next run; `HALF_DONE=every`: at all. */
const EVERY = process.env.HALF_DONE === "every" ? 1 : 3;
const FROM = Math.floor(Math.random() * EVERY);

/** Plays with a fault that run at the same time: most of a play is waiting. */
const PARALLEL = 4;
/** A busy machine may answer late where no fault is meant: then the play is repeated, so often at most. */
const REPEATS = 3;

export async function survives<S>(setup: Setup, scene: Scene<S>, wrongs: Wrongs): Promise<void> {
  const all: string[] = [];
  for (const fault of faultsOn(setup)) {
    const [first, step] = fault === "killed" ? [0, 1] : [FROM, EVERY];
    for (let from = first, more = true; more; from += PARALLEL * step) {
      assert.ok(from < MAX_WRITES, "a scene does not write for ever");
      const plays = Array.from({ length: PARALLEL }, async (_, nr) => {
        const at = from + nr * step;
        const { met, found } = await play(setup, scene, wrongs, fault, at);
        for (const one of found) all.push(`${fault} at write ${at + 1}: ${one}`);
        return met;
      });
      more = !(await Promise.all(plays)).includes(false);
    }
  }
  assert.equal(all.join("\n"), "");
}

/** The same scene without a fault. */
export async function settles<S>(setup: Setup, scene: Scene<S>, wrongs: Wrongs): Promise<void> {
  const { found } = await play(setup, scene, wrongs, "killed", Number.POSITIVE_INFINITY);
  assert.equal(found.join("\n"), "");
}

async function play<S>(
  setup: Setup,
  scene: Scene<S>,
  wrongs: Wrongs,
  fault: Fault,
  at: number,
): Promise<{ met: boolean; found: string[] }> {
  for (let repeats = 0; ; repeats++)
    try {
      return await playOnce(setup, scene, wrongs, fault, at);
    } catch (err) {
      const code = err instanceof Error && "code" in err ? err.code : undefined;
      if (code !== "unavailable" || repeats === REPEATS) throw err;
    }
}

async function playOnce<S>(setup: Setup, scene: Scene<S>, wrongs: Wrongs, fault: Fault, at: number) {
  const folder = await mkdtemp(join(tmpdir(), "muster-half-done-"));
  const written = new Written();
  const dooms: Doom[] = [];
  const options: StartOptions = {
    ...scene.options,
    env: { DATA_DIR: folder, ...scene.options?.env },
    wrapStore(store) {
      const doom = new Doom(written);
      dooms.push(doom);
      return doom.wrap(store);
    },
  };
  const apps: TestApp[] = [];
  const start = async () => {
    const app = await setup.start(options);
    apps.push(app);
    return app;
  };
  try {
    const app = await start();
    const [doom] = dooms;
    if (!doom) throw new Error("a worker has a store");
    const stage = stageOf(app, doom, [0, 1]);
    const made = await scene.before(stage);
    await stage.pass(0);
    doom.arm(fault, at);
    await answered(scene.act(stage, made));
    await doom.quiet();
    if (!doom.down) await stage.pass(0).catch(() => undefined);
    const met = doom.down;
    const found = await afterwards();
    return { met, found };

    async function afterwards(): Promise<string[]> {
      if (!met || fault !== "killed") {
        doom?.restore();
        return look(app, stage);
      }
      if (!isEmbedded(setup)) {
        for (const client of clientsOf(stage)) client.disconnect();
        return look(app, stageOf(app, doom as Doom, [1]));
      }
      await app.close();
      const next = await start();
      return look(next, stageOf(next, dooms.at(-1) as Doom, [0]));
    }
  } finally {
    for (const app of apps) await app.close();
    await rm(folder, { recursive: true, force: true });
  }

  async function look(app: TestApp, stage: Stage): Promise<string[]> {
    for (const ms of [...AFTERWARDS_MS, ...(scene.thenMs ?? [])]) await stage.pass(ms);
    const store = app.workers.at(-1)?.services.store;
    if (!store) return ["there is no worker"];
    for (let looks = 1; ; looks++) {
      const found = await wrongs(store, written);
      if (found.length === 0 || looks === MAX_LOOKS) return found;
      // A handler that waits a moment for its turn is at work, and no call of the store's is under way meanwhile.
      await delay(LOOK_AGAIN_MS);
      await stage.pass(AFTERWARDS_MS.at(-1) ?? 0);
    }
  }
}

const clients = new WeakMap<Stage, TestClient<Contract>[]>();
const clientsOf = (stage: Stage) => clients.get(stage) ?? [];

/** @param alive the workers on which things are still done */
function stageOf(app: TestApp, doom: Doom, alive: readonly number[]): Stage {
  const own: TestClient<Contract>[] = [];
  const stage: Stage = {
    app,
    async connect<C extends Contract>(contract: C, user: string, as: ConnectAs = {}) {
      const client = await app.connect(contract, user, as);
      own.push(client as unknown as TestClient<Contract>);
      return client;
    },
    other: (contract, user, as = {}) => app.connect(contract, user, { ...as, worker: 1 }),
    async leave(client) {
      const { id } = client.socket;
      const [worker] = app.workers;
      const there = [...(worker?.io._nsps.values() ?? [])].flatMap((nsp) => nsp.sockets.get(id ?? "") ?? []);
      const gone = there.map((socket) => new Promise((resolve) => socket.once("disconnect", resolve)));
      client.disconnect();
      await Promise.all(gone);
      await doom.quiet();
    },
    async pass(ms) {
      if (ms > 0) await app.advance(ms);
      // What is due can set what is due then; the second look finds what the first has moved from one worker to another.
      for (let looks = 0; looks < 2; looks++) for (const at of alive) await app.workers[at]?.runDue();
      await doom.quiet();
    },
  };
  clients.set(stage, own);
  return stage;
}

/** Resolves when the act has ended one way or another, or does not end: what it waits for may never come. */
async function answered(act: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ANSWER_MS);
  });
  await Promise.race([act.catch(() => undefined), late]);
  clearTimeout(timer);
}
