import assert from "node:assert/strict";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type ConnectionId, type WorkerId } from "../../core/ids.ts";
import type { Leases } from "../../core/ports/store/leases.ts";
import type { Presence, PresenceScope } from "../../core/ports/store/presence.ts";
import { createHeartbeat, type HeartbeatOptions } from "../../server/cluster/heartbeat.ts";
import {
  createConnectionPresence,
  type RunningConnectionPresence,
} from "../../server/delivery/connection-presence.ts";
import { until } from "../support/until.ts";
import { silent } from "./live-support.ts";

const scope: PresenceScope = { name: "ns:/chat", online: [], offline: [] };
const away = () => Promise.reject(new GameError("unavailable"));

/** Presence in memory that can go away, before or after it has done what it was asked. */
class FakePresence {
  readonly counted = new Map<string, Set<string>>();
  mode: "there" | "away" | "deaf" = "there";
  readonly profiles: unknown[] = [];
  /** Others have taken this worker for dead. */
  forgot = false;
  beats = 0;
  sweeps = 0;

  async #done<T>(work: () => T): Promise<T> {
    if (this.mode === "away") return away();
    const result = work();
    return this.mode === "deaf" ? away() : result;
  }
  connect: Presence["connect"] = (_, { subject, connection, profile, max }) =>
    this.#done(() => {
      if (profile !== undefined) this.profiles.push(profile);
      const all = this.counted.get(subject) ?? new Set();
      this.counted.set(subject, all);
      if (max !== undefined && all.size >= max && !all.has(connection))
        return { connections: all.size, refused: true };
      return { connections: all.add(connection).size, refused: false };
    });
  disconnect: Presence["disconnect"] = (_, subject, connection) =>
    this.#done(() => {
      this.counted.get(subject)?.delete(connection);
      return { connections: this.counted.get(subject)?.size ?? 0 };
    });
  heartbeat: Presence["heartbeat"] = () =>
    this.#done(() => {
      this.beats++;
      const known = !this.forgot && this.beats > 1;
      this.forgot = false;
      return known;
    });
  sweep: Presence["sweep"] = () =>
    this.#done(() => {
      this.sweeps++;
      return [];
    });
  retire: Presence["retire"] = () => Promise.resolve();
  count = (subject: string) => this.counted.get(subject)?.size ?? 0;
}

function sessionOf(name: string) {
  const session = { id: asId<ConnectionId>(name), reliable: false, connected: true };
  return {
    session: session as unknown as Session,
    end() {
      session.connected = false;
    },
  };
}

describe("connection presence", () => {
  let presence: FakePresence;
  let connectionPresence: RunningConnectionPresence;
  beforeEach(() => {
    presence = new FakePresence();
    connectionPresence = createConnectionPresence(presence as unknown as Presence, silent);
  });
  const heart = async (turns?: HeartbeatOptions["turns"]) => {
    const heartbeat = createHeartbeat({
      presence: presence as unknown as Presence,
      connectionPresence,
      scopes: [scope],
      log: silent,
      info: () => ({}),
      ...(turns && { turns }),
    });
    await heartbeat.start();
    return heartbeat;
  };
  const join = (session: Session, max?: number) =>
    connectionPresence.join(scope, session, { subject: "ann", ...(max === undefined ? {} : { max }) });

  it("counts a connection in, and out when it ends", async () => {
    const { session } = sessionOf("c1");
    assert.deepEqual(await join(session), { connections: 1, refused: false });
    await connectionPresence.drop(session);
    assert.deepEqual([presence.count("ann"), connectionPresence.pending], [0, 0]);
  });

  it("lets a connection in while the store is away, and counts it when it is back", async () => {
    presence.mode = "away";
    const { session } = sessionOf("c1");
    assert.deepEqual(await join(session), { connections: 1, refused: false });
    assert.equal(connectionPresence.pending, 1);
    presence.mode = "there";
    await connectionPresence.retry();
    assert.deepEqual([presence.count("ann"), connectionPresence.pending], [1, 0]);
  });

  it("tells of a connection that ended while the store was away when it is back", async () => {
    const { session } = sessionOf("c1");
    await join(session);
    presence.mode = "away";
    await connectionPresence.drop(session);
    assert.equal(presence.count("ann"), 1);
    await assert.rejects(connectionPresence.retry(), { code: "unavailable" });
    presence.mode = "there";
    await connectionPresence.retry();
    assert.deepEqual([presence.count("ann"), connectionPresence.pending], [0, 0]);
  });

  it("counts nothing of a connection that came and went while the store was away", async () => {
    presence.mode = "away";
    const { session, end } = sessionOf("c1");
    await join(session);
    end();
    await connectionPresence.drop(session);
    presence.mode = "there";
    await connectionPresence.retry();
    assert.deepEqual([presence.count("ann"), connectionPresence.pending], [0, 0]);
  });

  it("takes out again what was counted although the answer did not come", async () => {
    presence.mode = "deaf";
    const limited = sessionOf("c1");
    await assert.rejects(join(limited.session, 10), { code: "unavailable" });
    const gone = sessionOf("c2");
    gone.end();
    await join(gone.session);
    assert.equal(presence.count("ann"), 2);
    presence.mode = "there";
    await connectionPresence.retry();
    assert.deepEqual([presence.count("ann"), connectionPresence.pending], [0, 0]);
  });

  it("does not take out a connection that has joined again meanwhile", async () => {
    presence.mode = "deaf";
    const { session } = sessionOf("c1");
    await assert.rejects(join(session, 10), { code: "unavailable" });
    presence.mode = "there";
    await join(session, 10);
    await connectionPresence.retry();
    assert.deepEqual([presence.count("ann"), connectionPresence.pending], [1, 0]);
  });

  it("refuses where a limit cannot be asked for, and where it is reached", async () => {
    await join(sessionOf("c1").session);
    assert.deepEqual(await join(sessionOf("c2").session, 1), { connections: 1, refused: true });
    presence.mode = "away";
    await assert.rejects(join(sessionOf("c3").session, 10), { code: "unavailable" });
    presence.mode = "there";
    await connectionPresence.retry();
    assert.equal(presence.count("ann"), 1);
  });

  it("tells all anew where this worker was taken for dead, and only those that are still there", async () => {
    const [one, other] = [sessionOf("c1"), sessionOf("c2")];
    await join(one.session);
    await join(other.session);
    const beating = await heart();
    try {
      await connectionPresence.drop(other.session);
      presence.counted.clear();
      presence.forgot = true;
      await beating.beat();
      assert.equal(presence.count("ann"), 1);
    } finally {
      await beating.close();
    }
  });

  it("tells anew what a refreshed token says, not what the connection came with", async () => {
    const presence = new FakePresence();
    const connectionPresence = createConnectionPresence(presence as unknown as Presence, silent);
    const { session } = sessionOf("a");
    let guild = "red";
    await connectionPresence.join(scope, session, { subject: "ann", profile: () => ({ guild }) });
    guild = "blue";
    await connectionPresence.retellAll();
    assert.deepEqual(presence.profiles, [{ guild: "red" }, { guild: "blue" }]);
  });

  it("sweeps nobody right after the store was away: they could not tell that they live", async () => {
    const beating = await heart();
    try {
      assert.equal(presence.sweeps, 1);
      presence.mode = "away";
      await beating.beat();
      presence.mode = "there";
      await beating.beat();
      assert.deepEqual([presence.beats, presence.sweeps], [2, 1]);
    } finally {
      await beating.close();
    }
  });

  it("sweeps with its own beats only where it is its turn, and when it is asked to in any case", async () => {
    let turns = 0;
    const leases = { acquire: async () => void turns++ } as unknown as Leases;
    const beating = await heart({ leases, worker: asId<WorkerId>("w1") });
    try {
      await beating.beat();
      assert.deepEqual([presence.sweeps, turns], [2, 0]);
      await until("a beat asks for its turn", () => turns > 0);
      assert.equal(presence.sweeps, 2);
    } finally {
      await beating.close();
    }
  });
});
