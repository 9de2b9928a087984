/** What last positions cost the store. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { asId, type ZoneId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Change, Committed, Documents, Versioned } from "../../../core/ports/store/documents.ts";
import type { DocumentKey } from "../../../core/ports/store/keys.ts";
import { LastPositions, type Visit } from "../../../namespaces/world/last-positions.ts";
import { newViewer } from "../../../namespaces/world/model.ts";
import { readOptions } from "../../../namespaces/world/options.ts";
import { Zone } from "../../../namespaces/world/zone.ts";
import { Client, replica } from "./support.ts";

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Documents whose commits wait until they are let through, or fail. */
class SlowDocuments implements Documents {
  readonly #versions = new Map<string, number>();
  #waiting: (() => void)[] = [];
  loads = 0;
  commits = 0;
  fails = false;

  get waiting(): number {
    return this.#waiting.length;
  }

  async load<T>(_key: DocumentKey<T>): Promise<Versioned<T> | undefined> {
    this.loads++;
    return undefined;
  }

  commit({ partition, documents = [] }: Change): Promise<Committed> {
    this.commits++;
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        if (this.fails) return reject(new Error("away"));
        const version = this.#versions.get(partition) ?? 0;
        if (documents.some(({ expected }) => expected !== version))
          return resolve({ outcome: "conflict", name: "" });
        this.#versions.set(partition, version + 1);
        resolve({ outcome: "committed", positions: [], versions: [version + 1] });
      });
    });
  }

  async release(): Promise<void> {
    for (const go of this.#waiting.splice(0)) go();
    await turn();
  }

  async loadMany(): Promise<never> {
    return assert.fail("not used");
  }

  async resultOf(): Promise<undefined> {
    return assert.fail("not used");
  }
}

describe("world: last positions", () => {
  const settings = readOptions({});
  const rules = settings.rulesOf(asId<ZoneId>("z"));
  let now: number;
  let documents: SlowDocuments;
  let lastPositions: LastPositions;
  let visits: Visit[];

  function fill(count: number): void {
    const zone = new Zone(asId<ZoneId>("z"), rules, replica("here"), {
      toRoom() {},
      fieldsToRoom() {},
      toUser() {},
      toAll() {},
    });
    visits = Array.from({ length: count }, (_, at) => {
      const viewer = newViewer({
        session: new Client(`c${at}`, `u${at}`).session(),
        updates: "batch",
        x: 0,
        y: 0,
        cell: zone.players.grid.keyAt(0, 0),
        pace: { credit: 0, at: now },
      });
      zone.embody(viewer, now);
      return { viewer, opened: { zone } };
    });
  }

  /** As the world ticks, with a millisecond for the store to begin. */
  async function tick(afterMs: number): Promise<void> {
    now += afterMs;
    lastPositions.tick(visits);
    await turn();
  }

  function walk(): void {
    for (const { viewer } of visits) viewer.x++;
  }

  beforeEach(() => {
    now = 1_000_000;
    documents = new SlowDocuments();
    lastPositions = new LastPositions({ documents, now: () => now }, log, settings, { get: () => undefined });
  });

  it("at most a hundred writes are on their way into a slow store; the others follow when it has taken those", async () => {
    fill(250);
    const seen: number[] = [];
    for (let round = 0; round < 4; round++) {
      await tick(100);
      await tick(100);
      seen.push(documents.waiting);
      await documents.release();
    }
    assert.deepEqual(seen, [100, 100, 50, 0]);
    assert.equal(documents.commits, 250);
  });

  it("a user that walks costs one write each five seconds and no read, one that stands a write each half of the time it is remembered", async () => {
    fill(2);
    await tick(0);
    await documents.release();
    const { loads, commits } = documents;
    const [walker, stander] = visits;
    assert.ok(walker && stander);
    for (let ms = 0; ms < 300_000; ms += 100) {
      walker.viewer.x++;
      await tick(100);
      await documents.release();
    }
    // Looked for every half second, so at most five and a half apart.
    const written = documents.commits - commits;
    assert.ok(written >= 300 / 5.5 + 1 && written <= 300 / 5 + 1, `${written} writes`);
    assert.equal(documents.loads, loads);
    assert.equal(stander.viewer.recorded?.at, now);
  });

  it("a position that the store refused is written again some seconds later, though its player stands still", async () => {
    fill(1);
    documents.fails = true;
    await tick(0);
    await documents.release();
    documents.fails = false;
    await tick(4_900);
    assert.equal(documents.commits, 1);
    await tick(600);
    await documents.release();
    assert.equal(documents.commits, 2);
  });

  it("nothing is written of users that have gone, or only watch", async () => {
    fill(3);
    walk();
    for (const { viewer, opened } of visits) if (viewer.player) opened.zone.removePlayer(viewer.player);
    await tick(600_000);
    assert.equal(documents.commits, 0);
  });
});
