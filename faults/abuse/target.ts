/** What an abuse is given, and what it tells. */
import type { Role } from "../../core/contract/contract.ts";
import type { Draws } from "../random.ts";

export interface Claims {
  roles?: Role[];
  guildId?: string;
}

export interface Target {
  /** Of each worker. */
  readonly urls: readonly [string, ...string[]];
  readonly workers: number;
  readonly draws: Draws;
  /** Of the short form: fewer of everything. */
  readonly quick: boolean;
  /** Frames that the fuzzer sends; undefined: its own figure. */
  readonly frames: number | undefined;
  token(user: string, claims?: Claims): string;
  /** Whether an abuse that lasts as long as it is let may go on. */
  goesOn(): boolean;
  /** Counts what became of an attempt, such as `401` or `4408`. */
  note(what: string, times?: number): void;
  /** What is not so makes the row fail. */
  expect(isSo: boolean, what: string): void;
  progress(text: string): void;
}

/** One of tokens, which the server's configuration names. */
export interface Issuer {
  readonly env: Readonly<Record<string, string | undefined>>;
  token(user: string, claims?: Claims): string;
  close(): Promise<void>;
}

export interface Abuse {
  readonly id: string;
  readonly title: string;
  /** What is done, for the table. */
  readonly tried: string;
  /** What must hold, for the table. */
  readonly mustHold: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Who makes the tokens, where it is not the server's own secret. */
  readonly issuer?: () => Promise<Issuer>;
  /** No rate limits, so that input gets as far as it can. Bystanders must then be served, and may wait. */
  readonly unlimited?: true;
  /** Megabytes that a worker may hold of it afterwards, without garbage; default 16. A larger figure has its reason beside it. */
  readonly maxHeldMb?: number;
  /** Megabytes by which a worker may grow meanwhile, garbage and all; default 96. */
  readonly maxGrowthMb?: number;
  /** Megabytes a minute that a worker may go on growing by in the second half of a long abuse. */
  readonly maxSlopeMb?: number;
  /** Times that it is done, one after the other, as far as it lasts as long as it is let. Default: twice, once in the short form. */
  readonly times?: 1;
  attack(target: Target): Promise<void>;
}

/** Runs a loop in several lanes at once, until the time is over or the loop says false. */
export async function lanes(
  count: number,
  target: Target,
  loop: (lane: number, turn: number) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, lane) => {
      for (let turn = 0; turn === 0 || target.goesOn(); turn++) await loop(lane, turn);
    }),
  );
}
