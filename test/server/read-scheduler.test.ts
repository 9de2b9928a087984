import assert from "node:assert/strict";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import {
  createReading,
  type ReadingLimits,
  type RunningReading,
} from "../../server/delivery/read-scheduler.ts";

interface Connection {
  readonly name: string;
  /** Undefined: it has ended. */
  queued: number | undefined;
  readonly session: Session;
}

const KB = 1_024;
const LIMITS: ReadingLimits = {
  waitMs: 300,
  maxUntakenBytes: 1_000 * KB,
  maxUntakenBytesOfUser: 1_000 * KB,
  stalledMs: 50,
};

/** A read that goes on when it is told to. */
function held() {
  let begin = () => {};
  let end = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    begun,
    end: () => end(),
    async read() {
      begin();
      await ended;
    },
  };
}

describe("the read scheduler", () => {
  let open: RunningReading[] = [];
  afterEach(() => {
    for (const reading of open) reading.close();
    open = [];
  });

  function house(limits: ReadingLimits = LIMITS) {
    const connections = new Map<Session, Connection>();
    const cut: string[] = [];
    const reading = createReading<Connection>({
      limits,
      connectionOf(session) {
        const found = connections.get(session);
        if (!found) throw new Error("no such connection");
        return found;
      },
      queuedBytes: ({ queued }) => queued,
      cut(connection) {
        cut.push(connection.name);
        connection.queued = undefined;
      },
    });
    open.push(reading);
    return {
      reading,
      cut,
      connection(name: string, userId = name): Connection {
        // What `reading` uses of a session.
        const session = { connected: true, userId } as unknown as Session;
        const made: Connection = { name, queued: 0, session };
        connections.set(session, made);
        return made;
      },
    };
  }

  it("one connection reads one thing at a time, in order, and others do not wait for it", async () => {
    const { reading, connection } = house();
    const [ann, bob] = [connection("ann"), connection("bob")];
    const first = held();
    const order: string[] = [];
    const one = reading.turn(ann.session, first.read).then(() => order.push("first"));
    const two = reading.turn(ann.session, async () => order.push("second"));
    await first.begun;
    await reading.turn(bob.session, async () => order.push("bob"));
    assert.deepEqual(order, ["bob"]);
    first.end();
    await Promise.all([one, two]);
    assert.deepEqual(order, ["bob", "first", "second"]);
  });

  it("what is asked first of an idle connection begins at once", () => {
    const { reading, connection } = house();
    let begun = false;
    void reading.turn(connection("ann").session, async () => {
      begun = true;
    });
    assert.ok(begun);
  });

  it("the next turn waits until the client has taken what it was sent", async () => {
    const { reading, connection } = house();
    const ann = connection("ann");
    await reading.turn(ann.session, (spend) => spend(500 * KB));
    ann.queued = 500 * KB;
    let isNext = false;
    const next = reading.turn(ann.session, async () => {
      isNext = true;
    });
    await reading.turn(connection("bob").session, (spend) => spend(10));
    assert.deepEqual([isNext, reading.untakenBytes >= 500 * KB], [false, true]);
    ann.queued = 0;
    await next;
  });

  it("what fails, fails alone", async () => {
    const { reading, connection } = house();
    const ann = connection("ann");
    const failing = reading.turn(ann.session, () => Promise.reject(new GameError("unavailable")));
    const next = reading.turn(ann.session, async () => "read");
    await assert.rejects(failing, { code: "unavailable" });
    assert.equal(await next, "read");
  });

  it("too many waiting reads are refused, and one that waits for too long, but not a patient one", async () => {
    const { reading, connection } = house();
    const ann = connection("ann");
    ann.queued = 500 * KB;
    const startedAt = performance.now();
    const late: Promise<unknown>[] = [];
    const refused: Promise<unknown>[] = [];
    for (let at = 0; at < 70; at++)
      (at < 64 ? late : refused).push(reading.turn(ann.session, async () => undefined));
    const patient = reading.turn(ann.session, async () => "patient", { patient: true });
    for (const one of refused) await assert.rejects(one, { code: "rate_limited" });
    assert.ok(performance.now() - startedAt < LIMITS.waitMs);
    for (const one of await Promise.allSettled(late)) assert.equal(one.status, "rejected");
    ann.queued = 0;
    assert.equal(await patient, "patient");
  });

  it("reads of a connection that has ended are not begun, and nothing is kept of it", async () => {
    const { reading, connection } = house();
    const ann = connection("ann");
    ann.queued = 500 * KB;
    const waiting = reading.turn(ann.session, async () => assert.fail("it has ended"), { patient: true });
    ann.queued = undefined;
    await assert.rejects(waiting, { code: "unavailable" });
    assert.deepEqual([reading.size, reading.untakenBytes], [0, 0]);
    const gone = { ...ann.session, connected: false } as Session;
    await assert.rejects(
      reading.turn(gone, async () => undefined),
      { code: "unavailable" },
    );
  });

  it("all connections together read no faster than the rate, in turns, however many pages each wants", async () => {
    const { reading, connection } = house();
    const startedAt = performance.now();
    const order: string[] = [];
    const [ann, bob] = [connection("ann"), connection("bob")];
    await Promise.all(
      [ann, bob].flatMap(({ session, name }) =>
        Array.from({ length: 6 }, () =>
          reading.turn(session, async (spend) => {
            order.push(name);
            await spend(256 * KB);
          }),
        ),
      ),
    );
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs >= 120, `3 MB, half of one at once, took ${tookMs} ms`);
    for (let at = 2; at < order.length; at++) assert.notEqual(order[at], order[at - 1], order.join());
  });

  it("while too much is not taken no turn begins, and who does not take it is cut", async () => {
    const { reading, connection, cut } = house();
    const deaf = connection("deaf");
    await reading.turn(deaf.session, async (spend) => {
      deaf.queued = 2_000 * KB;
      await spend(1_000 * KB);
    });
    const ann = connection("ann");
    await reading.turn(ann.session, async () => undefined);
    assert.deepEqual(cut, ["deaf"]);
    assert.equal(reading.untakenBytes, 0);
  });

  it("a user with much on its way waits on every connection until it is taken; others do not", async () => {
    const { reading, connection } = house({ ...LIMITS, maxUntakenBytesOfUser: 300 * KB });
    const [one, two, other] = [connection("one", "ann"), connection("two", "ann"), connection("bob")];
    const read: string[] = [];
    const turn = (of: Connection, bytes: number) =>
      reading.turn(of.session, async (spend) => {
        read.push(of.name);
        of.queued = bytes;
        await spend(bytes);
      });
    await turn(one, 300 * KB);
    const waits = turn(two, KB);
    await turn(other, KB);
    assert.deepEqual(read, ["one", "bob"]);
    one.queued = 0;
    await waits;
    assert.deepEqual(read, ["one", "bob", "two"]);
  });

  it("when it closes, what waits is refused", async () => {
    const { reading, connection } = house();
    const ann = connection("ann");
    ann.queued = 500 * KB;
    const waiting = reading.turn(ann.session, async () => undefined);
    reading.close();
    await assert.rejects(waiting, { code: "unavailable" });
    await assert.rejects(
      reading.turn(ann.session, async () => undefined),
      { code: "unavailable" },
    );
  });
});
