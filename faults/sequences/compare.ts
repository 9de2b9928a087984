/**
 * The property: commands that one connection sends in one go are answered, and end, as they would one at a time. Each sequence is run
 * twice, in two worlds that do not meet, and what is answered and what is there afterwards are compared.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { NamespaceName, Role } from "../../core/contract/contract.ts";
import type { Draws } from "../random.ts";
import { type Answer, type Command, codeOf, type Player, type Script, type World } from "./script.ts";

/** Connects a user to a namespace, on one of the workers. */
export type Connect = (
  namespace: NamespaceName,
  user: string,
  as: { readonly roles: readonly Role[]; readonly worker: 0 | 1 },
) => Promise<Player>;

export interface SequenceOptions {
  readonly script: Script;
  readonly draws: Draws;
  readonly connect: Connect;
  /** Names the worlds; another one for each sequence. */
  readonly name: string;
  readonly length: number;
  /** 2: each connection sends a sequence of its own, about things of its own, on a worker of its own. */
  readonly connections: 1 | 2;
}

interface Ran {
  readonly sequences: readonly (readonly Command[])[];
  readonly answers: readonly (readonly unknown[])[];
  look(): Promise<unknown>;
}

/** How often, and how far apart in milliseconds, what is seen a moment later is looked at. */
const LOOKS = 20;
const LOOK_EVERY_MS = 200;

/** @returns what differs, as text; undefined: nothing */
export async function compareSequence(options: SequenceOptions): Promise<string | undefined> {
  const players: Player[] = [];
  try {
    const alone = await run(options, "alone", players);
    const together = await run(options, "together", players);
    let left = [await alone.look(), await together.look()] as const;
    for (let looks = 1; options.script.settles && looks < LOOKS && !isDeepStrictEqual(...left); looks++) {
      await delay(LOOK_EVERY_MS);
      left = [await alone.look(), await together.look()];
    }
    if (isDeepStrictEqual(alone.answers, together.answers) && isDeepStrictEqual(...left)) return undefined;
    return difference(options, alone, together, left);
  } finally {
    for (const player of players) player.close();
  }
}

async function run(options: SequenceOptions, way: "alone" | "together", players: Player[]): Promise<Ran> {
  const { script, draws, connect, name, length } = options;
  const halves = options.connections === 1 ? ([0] as const) : ([0, 1] as const);
  const world: World = {
    id: `${name}-${way}`,
    user: `${name}-${way}-user`,
    async join(user, roles = ["player"], worker = 1) {
      const player = await connect(script.namespace, user, { roles, worker });
      players.push(player);
      return player;
    },
  };
  const prepared = await script.prepare(world);
  const first = await world.join(world.user, script.roles, 0);
  const second = halves.length === 1 ? [] : [await world.join(world.user, script.roles, 1)];
  // The same draws both ways; what they make of them has the names of its world in it.
  const sequences = halves.map((half) => {
    const own = draws.fork(`${name} ${half}`);
    return Array.from({ length }, () => script.draw(own, half, prepared, world));
  });
  const answers = await Promise.all(
    [first, ...second].map((sender, at) => sendAll(script, sender, sequences[at] ?? [], way)),
  );
  return { sequences, answers, look: () => script.snapshot(first, prepared, world) };
}

function difference(
  { script, name }: SequenceOptions,
  alone: Ran,
  together: Ran,
  left: readonly [unknown, unknown],
): string {
  const lines = together.sequences.map((commands, at) =>
    commands
      .map(({ event, input }, i) => {
        const [one, other] = [alone.answers[at]?.[i], together.answers[at]?.[i]];
        const mark = isDeepStrictEqual(one, other) ? " " : "!";
        return `${mark} ${event} ${JSON.stringify(input)} → ${String(one)} | ${String(other)}`;
      })
      .join("\n"),
  );
  return [
    `${script.namespace} ${name}, one at a time | in one go:`,
    lines.join("\n--\n"),
    `left one at a time: ${JSON.stringify(left[0])}`,
    `left in one go:     ${JSON.stringify(left[1])}`,
  ].join("\n");
}

async function sendAll(
  script: Script,
  sender: Player,
  commands: readonly Command[],
  way: "alone" | "together",
): Promise<unknown[]> {
  const reduced = (event: string, answer: Answer) => [
    codeOf(answer),
    answer.ok ? script.pick?.(event, answer) : undefined,
  ];
  if (way === "together")
    return Promise.all(
      commands.map(async ({ event, input }) => reduced(event, await sender.send(event, input))),
    );
  const answers: unknown[] = [];
  for (const { event, input } of commands) answers.push(reduced(event, await sender.send(event, input)));
  return answers;
}
