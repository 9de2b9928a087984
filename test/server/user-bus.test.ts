import assert from "node:assert/strict";
import { asId, type UserId, type WorkerId } from "../../core/ids.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createUserBus, HEARS_USERS, type RunningUserBus } from "../../server/cluster/user-bus.ts";
import type { SocketSession } from "../../server/sessions/socket-session.ts";
import { collector } from "../support/collector.ts";
import { uniquePrefix } from "../support/redis.ts";
import { workshop } from "../support/redis-store.ts";

interface Said {
  readonly users: readonly UserId[];
  readonly text: string;
}
const said = topic<Said>("said");
const ann = asId<UserId>("ann");
const sessionOf = (userId: UserId) => ({ userId, identity: { anonymous: false } }) as SocketSession;

describe("Messages about users, on several workers", () => {
  const { redis, open } = workshop();

  interface Worker {
    readonly store: Store;
    readonly bus: RunningUserBus;
    readonly heard: ReturnType<typeof collector<Said>>;
    readonly here: Set<UserId>;
    readonly notes: string[];
  }

  /** @param told what each says of itself; undefined: it is not on the list yet */
  async function workersOf(...told: readonly (object | undefined)[]): Promise<Worker[]> {
    const { url } = await redis();
    const prefix = uniquePrefix();
    const workers: Worker[] = [];
    for (const [at, info] of told.entries()) {
      const store = await open(url, { prefix, worker: asId<WorkerId>(`w${at}`) });
      const here = new Set<UserId>();
      const notes: string[] = [];
      const note = (_: object, text: string) => void notes.push(text);
      const bus = createUserBus({
        store,
        registry: {
          *ofUser(user) {
            if (here.has(user)) yield sessionOf(user);
          },
        },
        log: { debug() {}, info: note, warn: note, error: note },
      });
      const heard = collector<Said>();
      await bus.subscribe(said, heard.hear);
      if (info) await store.presence.heartbeat({ ...info });
      workers.push({ store, bus, heard, here, notes });
    }
    for (const { bus, store } of workers) {
      const info = told[workers.findIndex((one) => one.bus === bus)];
      if (info === undefined) continue;
      // Who else is there is the heartbeat's to say.
      await store.presence.heartbeat({ ...info });
      await bus.look();
    }
    return workers;
  }

  const say = (by: Worker, text: string, users: readonly UserId[] = [ann]) =>
    by.bus.publish(said, users, (some) => ({ users: some, text }));
  const textsOf = ({ heard }: Worker) => heard.heard.map(({ text }) => text);
  /** What was said before has arrived everywhere when this has. */
  async function settled(workers: readonly Worker[]): Promise<void> {
    const last = topic<string>("last");
    for (const { store } of workers) {
      const heard = collector<string>();
      const end = await store.bus.subscribe(last, heard.hear);
      for (const by of workers) await by.store.bus.publish(last, "last");
      await heard.reaches(workers.length);
      end();
    }
  }

  it("only the workers that have connections of the user hear them", async () => {
    const workers = await workersOf(HEARS_USERS, HEARS_USERS, HEARS_USERS);
    const [one, two, three] = workers as [Worker, Worker, Worker];
    assert.ok(one.bus.goesTo([ann]));
    for (const worker of [two, three]) {
      worker.here.add(ann);
      await worker.bus.enter(sessionOf(ann));
    }
    await say(one, "hello");
    await two.heard.reaches(1);
    await three.heard.reaches(1);
    await say(two, "here too");
    await three.heard.reaches(2);

    two.bus.exit(sessionOf(ann));
    assert.equal(two.bus.size, 1, "another session of hers is here");
    two.here.delete(ann);
    two.bus.exit(sessionOf(ann));
    assert.equal(two.bus.size, 0);
    await say(one, "goodbye");
    await settled(workers);
    assert.deepEqual(workers.map(textsOf), [[], ["hello", "here too"], ["hello", "here too", "goodbye"]]);
  });

  it("a message for some users goes to each of their workers, one for many to all", async () => {
    const workers = await workersOf(HEARS_USERS, HEARS_USERS);
    const [one, two] = workers as [Worker, Worker];
    const many = Array.from({ length: 40 }, (_, at) => asId<UserId>(`user${at}`));
    for (const user of many.slice(0, 2)) await two.bus.enter(sessionOf(user));
    await say(one, "three", many.slice(0, 3));
    await say(one, "forty", many);
    const heard = await two.heard.reaches(3);
    assert.deepEqual(
      heard.map(({ text, users }) => [text, users.length]),
      [
        ["three", 1],
        ["three", 1],
        ["forty", 40],
      ],
    );
  });

  it("while a worker of an older version is on the list, all hear everything, once", async () => {
    const workers = await workersOf(HEARS_USERS, { version: "before" });
    const [one, older] = workers as [Worker, Worker];
    one.here.add(ann);
    await one.bus.enter(sessionOf(ann));
    assert.ok(!one.bus.goesTo([ann]));
    await say(one, "to all");
    await say(older, "from an older one");
    await settled(workers);
    for (const worker of workers) assert.deepEqual(textsOf(worker).sort(), ["from an older one", "to all"]);

    await older.store.presence.retire();
    await one.store.presence.heartbeat({ ...HEARS_USERS });
    await one.bus.look();
    assert.ok(one.bus.goesTo([ann]));
    // What an older worker that is still there says is heard.
    await older.store.bus.publish(said, { users: [ann], text: "last words" });
    await one.heard.reaches(3);

    await say(one, "before it was noticed");
    await older.store.presence.heartbeat({});
    await one.store.presence.heartbeat({ ...HEARS_USERS });
    await one.bus.look();
    await older.heard.reaches(4);
    assert.ok(textsOf(older).includes("before it was noticed"));
    assert.ok(!one.bus.goesTo([ann]), "one that comes back is noticed with the next heartbeat");
  });

  it("a worker of an older version that has taken another's place is noticed with the next heartbeat", async () => {
    const workers = await workersOf(HEARS_USERS, HEARS_USERS, undefined);
    const [one, two, older] = workers as [Worker, Worker, Worker];
    assert.ok(one.bus.goesTo([ann]));
    await say(one, "before it was noticed");
    // As many as before.
    await two.store.presence.retire();
    await older.store.presence.heartbeat({ version: "before" });
    await one.store.presence.heartbeat({ ...HEARS_USERS });
    await one.bus.look();
    assert.ok(!one.bus.goesTo([ann]));
    await older.heard.reaches(1);
  });

  it("kinds of messages that are not known are noted once, and what is broken harms nothing", async () => {
    const workers = await workersOf(HEARS_USERS, HEARS_USERS);
    const [one, two] = workers as [Worker, Worker];
    await two.bus.enter(sessionOf(ann));
    const raw = topic<unknown>("user:ann");
    for (const odd of [{ kind: "of tomorrow", message: 1 }, { kind: "of tomorrow" }, null, 7, "text", [], {}])
      await one.store.bus.publish(raw, odd);
    await one.store.bus.publish(raw, { kind: "said", message: { users: [], text: "still here" }, more: 1 });
    await two.heard.reaches(1);
    assert.equal(two.notes.length, 2);
    assert.match(two.notes[0] ?? "", /not known here/);
  });
});
