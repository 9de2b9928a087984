/** docs/capacity.md, from the unit costs. */
import { loadOf } from "./load.ts";
import { planOf } from "./model.ts";
import { bottleneckOf } from "./show.ts";
import {
  ACT_NAMES,
  type CheckRow,
  errorOf,
  type Measured,
  STORED_NAMES,
  type UnitCosts,
} from "./unit-costs.ts";

const ACTS: Readonly<Record<(typeof ACT_NAMES)[number], string>> = {
  command: "a command that is answered, and an event with it",
  publish: "a message to a room, without its deliveries",
  chat: "a chat message, without its deliveries",
  direct: "a private message, where both users are",
  status: "a change of status that ten watch",
  connect: "a user that comes and goes, on one namespace",
  match: "a match of two, with their connections",
};
const STORED: Readonly<Record<(typeof STORED_NAMES)[number], string>> = {
  users: "a user on `/game`",
  rooms: "a listed room of `/game`",
  tickets: "a ticket that waits",
  messages: "a chat message of 50 characters",
  positions: "the last position of a player in a zone",
};
const USERS = [1_000, 10_000, 100_000, 1_000_000];

const number = (value: number) =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
const withError = (measured: Measured) =>
  `${number(measured.value)} ± ${Math.round(errorOf(measured) * 100)} %`;
const table = (headings: readonly string[], rows: readonly (readonly string[])[]) =>
  [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** How far the prediction is from what was measured, as a share of that. */
export const missOf = ({ predicted, measured }: CheckRow): number =>
  measured === 0 ? 0 : (predicted - measured) / measured;

export function capacityPage(costs: UnitCosts): string {
  return `# Capacity

This page is for operators who ask what to buy for a number of users. \`npm run capacity\` makes it from measured costs of one of everything.
Do not edit it by hand.

\`\`\`
npm run capacity -- --users 100000 --realtime-rooms 2000 --session-minutes 20
\`\`\`

It prints workers, Redis primaries, memory, network and the first bottleneck. \`--help\` lists all options with their standard values. Input that makes no sense is refused
with a code, such as \`out_of_range\`.

- \`npm run capacity -- --measure\` measures the costs anew, on your machine, and writes them to \`bench/capacity/unit-costs.json\`.
- \`npm run capacity -- --check\` predicts a mixed run, makes it, and keeps both.

## What to buy

The standard load: two namespaces for each user, who stays for 30 minutes. In a minute each sends ten commands, two messages to rooms and half a chat message that reach ten
users. Each changes status and writes to one other once in five minutes. Half of each core is used.

${table(
  [
    "users",
    "workers",
    "Redis primaries",
    "memory of workers",
    "memory of Redis",
    "to clients",
    "first bottleneck",
  ],
  USERS.map((users) => {
    const plan = planOf(loadOf(["--users", String(users)]), costs);
    return [
      users.toLocaleString("en"),
      plan.workers === undefined ? "no number is enough" : plan.workers.toLocaleString("en"),
      plan.primaries === undefined ? "more than 16" : String(plan.primaries),
      plan.workers === undefined ? "–" : `${number(plan.workerMb)} MB`,
      `${number(plan.redisMb)} MB`,
      `${number(plan.clientMbits)} Mbit/s`,
      bottleneckOf(plan),
    ];
  }),
)}

A bottleneck is what can't be bought: parts of the store that lie on one primary. Where it says "full at 0.5 of this load", the
load must become smaller there, or be spread over several clusters of servers.

## Costs

Measured ${costs.measuredAt.slice(0, 10)} at commit ${costs.commit}, ${costs.machine}, in ${costs.rounds} rounds. Each figure is the median; behind it stands half the way from
the least round to the most. CPU is that of the processes, so other work on the machine disturbs it less than a clock.

${table(
  ["one of", "µs of workers", "µs of Redis", "Redis operations", "bytes to Redis", "bytes from Redis"],
  [
    ...ACT_NAMES.map((name) => costRow(ACTS[name], costs.acts[name])),
    costRow("a second of a worker without users", costs.worker),
    costRow("a second of a quiet connection, in each namespace", costs.quiet),
  ],
)}

${table(
  ["cost", "figure"],
  [
    ["memory of a worker without users, MB", number(costs.workerBytes.value / 2 ** 20)],
    ["bytes of a quiet connection", withError(costs.connectionBytes)],
    ["bytes for each further namespace", withError(costs.namespaceBytes)],
    ["µs of a delivery to one more member", withError(costs.deliveryMicros)],
    ["bytes of such a delivery", withError(costs.deliveryBytes)],
    ["µs of workers for one more worker with members", withError(costs.hearMicros)],
    ["µs of Redis for it", withError(costs.hearRedisMicros)],
    [
      "µs of a player's tick in a real-time room of eight: input, step, frame",
      withError(costs.playerTickMicros),
    ],
    ["bytes of that frame", withError(costs.playerTickBytes)],
    ...STORED_NAMES.map((name) => [`bytes of Redis for ${STORED[name]}`, number(costs.storedBytes[name])]),
  ],
)}

## The prediction beside a run

${checkText(costs)}

## What the model leaves out

- It adds costs up. At high rates several messages share one wake-up and one write, so a busy worker needs less than it says.
- Disks: \`appendfsync always\` waits for one. Redis keeps copies while it writes its file anew: plan with twice its memory.
- World movement, fights and games by turns. [scaling.md](scaling.md) has what a core carries of them.
`;
}

const costRow = (name: string, cost: UnitCosts["worker"]) => [
  name,
  withError(cost.workerMicros),
  withError(cost.redisMicros),
  withError(cost.operations),
  withError(cost.redisInBytes),
  withError(cost.redisOutBytes),
];

function checkText({ check }: UnitCosts): string {
  if (check === undefined) return "No run was made since these costs were measured.";
  const rows = check.rows.map((row) => [
    `${row.what}, ${row.unit}`,
    number(row.predicted),
    number(row.measured),
    `${missOf(row) > 0 ? "+" : ""}${Math.round(missOf(row) * 100)} %`,
  ]);
  const far = check.rows.filter((row) => Math.abs(missOf(row)) > 0.2).map(({ what }) => what);
  const verdict =
    far.length === 0
      ? "All are within 20 %."
      : `Not within 20 %: ${far.join(", ")}. The cause is not proven. The costs are of users who do the same again and again. A pair's first private message, of which this run is full, does more: it makes their conversation. Plan with twice the figures until a run agrees.`;
  return `Made on ${check.at.slice(0, 10)}, after it was predicted:

${check.scenario
  .split("; ")
  .map((part) => `- ${part}`)
  .join("\n")}

${table(["", "predicted", "measured", "off by"], rows)}

${verdict}`;
}
