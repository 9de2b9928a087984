/**
 * `npm run stored [-- kind …] [--share 0.01] [--json FILE]`: what Redis takes for each user, room, ticket, message and position, with a
 * hundredth, a tenth and all of them, and what acts cost beside them. They are made by the server's own code.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { aligned, shown } from "../support/report.ts";
import { measureStored, type StoredRow } from "./fill.ts";
import { KINDS } from "./kinds.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { share: { type: "string", default: "1" }, json: { type: "string" } },
});
const share = Number(values.share);
if (!(share > 0 && share <= 1) || positionals.some((name) => !(name in KINDS))) {
  console.error(
    `usage: npm run stored -- [kind …] [--share 0–1] [--json FILE]\nkinds: ${Object.keys(KINDS).join(", ")}`,
  );
  process.exit(2);
}

const rows: StoredRow[] = [];
for (const [name, kindOf] of Object.entries(KINDS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  await measureStored(kindOf, { share, repeats: 100 }, (row) => {
    rows.push(row);
    console.log(`  ${row.items} ${row.kind}: ${row.bytesPerItem.toFixed(0)} bytes each`);
  });
}
const cells = rows.flatMap(({ kind, items, bytesPerItem, acts }) =>
  acts.map(({ act, operations, redisMicros, p50Ms, workerMicros }, at) => [
    ...(at === 0 ? [kind, String(items), shown(bytesPerItem)] : ["", "", ""]),
    ...[act, shown(operations), shown(redisMicros), p50Ms.toFixed(2), shown(workerMicros)],
  ]),
);
const headings = [
  "kind",
  "there",
  "bytes each",
  "act",
  "operations",
  "µs of Redis",
  "p50 ms",
  "µs of the worker",
];
console.log(`\n${aligned(headings, cells)}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
