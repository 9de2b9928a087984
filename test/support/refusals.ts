/** How tests see somebody turned away: by the client's error, in the log and in the metrics. */
import assert from "node:assert/strict";
import type { TestApp } from "./app.ts";
import { type Ask, get } from "./http.ts";
import type { BookLine, LogBook } from "./log-book.ts";

export type Refusal = Error & { readonly data?: Readonly<Record<string, unknown>> };

/** What refused a connection that must not come about. */
export const refusalOf = (connecting: Promise<unknown>): Promise<Refusal> =>
  connecting.then(
    () => assert.fail("it was let in"),
    (err: Refusal) => err,
  );

/** As the metrics of the whole cluster tell it. */
export async function countedRefusals(app: TestApp, reason: string, ask: Ask = {}): Promise<number> {
  const metrics = await get(`${app.url}/metrics`, ask);
  const line = new RegExp(`^muster_connections_refused_total\\{reason="${reason}"\\} (\\d+)$`, "m");
  return Number(line.exec(String(metrics.body.text))?.[1] ?? Number.NaN);
}

export function only(lines: readonly BookLine[]): BookLine {
  assert.equal(lines.length, 1, JSON.stringify(lines));
  return lines[0] ?? assert.fail();
}

/** No part of a token is in the log. */
export function assertNoToken(log: LogBook, token: unknown): void {
  const text = JSON.stringify(log.lines);
  if (typeof token !== "string" || token.length <= 10) return;
  for (const part of token.split(".")) assert.ok(!text.includes(part), part);
}
