import { busSuite } from "./bus.ts";
import { commitSuite } from "./commit.ts";
import { countersSuite } from "./counters.ts";
import { deadlinesSuite } from "./deadlines.ts";
import { documentsSuite } from "./documents.ts";
import { indexesSuite } from "./indexes.ts";
import { leasesSuite } from "./leases.ts";
import type { OpenStore } from "./open.ts";
import { presenceSuite } from "./presence.ts";
import { replacementsSuite } from "./replacements.ts";
import { streamsSuite } from "./streams.ts";
import { transactSuite } from "./transact.ts";

/** What every store has to hold; stores that workers share have to hold `workersSuite` too. */
export function storeSuites(open: OpenStore): void {
  describe("documents", () => documentsSuite(open));
  describe("commit", () => commitSuite(open));
  describe("transactions", () => transactSuite(open));
  describe("streams", () => streamsSuite(open));
  describe("replacements", () => replacementsSuite(open));
  describe("indexes", () => indexesSuite(open));
  describe("deadlines", () => deadlinesSuite(open));
  describe("leases", () => leasesSuite(open));
  describe("presence", () => presenceSuite(open));
  describe("bus", () => busSuite(open));
  describe("counters", () => countersSuite(open));
}
