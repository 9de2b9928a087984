/**
 * `npm run upgrade`: two workers of another version on one Redis, replaced one after the other by this one while clients talk, queue and
 * play, and then back. `--from REF` names a commit or tag (default: the newest tag), `--seed 7` gives a history again, `--quick` a short form.
 */
import { parseArgs } from "node:util";
import { runRows } from "../run.ts";
import { newestTag } from "./checkout.ts";
import { upgradedFrom } from "./row.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string" },
    seed: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
if (!Number.isInteger(seed) || seed < 0) {
  console.error(`--seed takes a whole number, not ${values.seed}`);
  process.exit(2);
}
try {
  const { ok } = await runRows({
    rows: [upgradedFrom(values.from ?? (await newestTag()))],
    seed,
    seconds: undefined,
    quick: values.quick,
    print: (line) => console.log(line),
  });
  process.exit(ok ? 0 : 1);
} catch (err) {
  console.error(err instanceof Error ? err.message : String(err));
  process.exit(2);
}
