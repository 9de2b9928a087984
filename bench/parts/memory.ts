import { setTimeout as wait } from "node:timers/promises";
import { NAMESPACES } from "../../core/contract/contract.ts";
import type { Side } from "../support/side.ts";
import { type Part, withSides } from "./part.ts";

/** Connected first, so that what is made once does not count. */
const FIRST = 500;
const KB = 1_024;
const SETTLE_MS = 1_500;

async function perConnection(side: Side | undefined, count: number, namespaces: readonly string[]) {
  if (!side) throw new Error("no server");
  const connect = async (n: number) => {
    await side.run({ task: "connect", count: n, namespaces, atOnce: 20 });
    // Presence of the last ones is still being stored.
    await wait(SETTLE_MS);
  };
  await connect(FIRST);
  const before = await side.memory();
  await connect(count);
  const after = await side.memory();
  return {
    rss: (after.rssBytes - before.rssBytes) / count / KB,
    heap: (after.heapBytes - before.heapBytes) / count / KB,
  };
}

export const memory: Part = {
  name: "memory",
  summary: "idle connections on one namespace, and on all of them",
  async run({ quick }, add) {
    const count = quick ? 1_500 : 5_000;
    const one = ["/"];
    const measure = (kind: "bare" | "muster", namespaces: readonly string[]) =>
      withSides([{ kind }], (side) => perConnection(side, count, namespaces));
    const bare = await measure("bare", one);
    const muster = await measure("muster", one);
    const row = { part: "memory", unit: "KB/connection" } as const;
    const what = `${count} on one namespace`;
    add({ ...row, what: `${what}, RSS`, bare: bare.rss, muster: muster.rss, ratio: muster.rss / bare.rss });
    add({
      ...row,
      what: `${what}, heap`,
      bare: bare.heap,
      muster: muster.heap,
      ratio: muster.heap / bare.heap,
    });
    const all = await measure("muster", NAMESPACES);
    add({
      ...row,
      what: `${count} on all ${NAMESPACES.length}, RSS`,
      muster: all.rss,
      note: `heap ${all.heap.toFixed(1)}`,
    });
  },
};
