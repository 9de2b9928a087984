import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { openEmbeddedStore } from "../../server/store/embedded/index.ts";
import { storeSuites } from "./suites.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

async function openEmbedded() {
  const dataDir = await mkdtemp(join(tmpdir(), "muster-conformance-"));
  let ahead = 0;
  const store = await openEmbeddedStore({
    dataDir,
    worker: asId("w1"),
    clock: { now: () => Date.now() + ahead },
    log: silent,
  });
  return {
    store,
    clock: {
      advance(ms: number) {
        ahead += ms;
      },
    },
    async close() {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

describe("store conformance: embedded", () => storeSuites(openEmbedded));
