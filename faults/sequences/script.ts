/** What a run of sequences needs to know of a namespace. */
import type { NamespaceName, Role } from "../../core/contract/contract.ts";
import type { Draws } from "../random.ts";

/** A connection in one namespace. */
export interface Player {
  /** Sends a command; resolves with its acknowledgement. */
  send(event: string, input: object): Promise<Answer>;
  close(): void;
}

export type Answer = { readonly ok: boolean; readonly error?: { readonly code: string } } & Readonly<
  Record<string, unknown>
>;

/** Names of its own, so that two runs of one sequence do not meet. */
export interface World {
  readonly id: string;
  /** Who sends the sequence. */
  readonly user: string;
  join(user: string, roles?: readonly Role[], worker?: 0 | 1): Promise<Player>;
}

export interface Command {
  readonly event: string;
  readonly input: object;
}

export interface Script<P = unknown> {
  readonly namespace: NamespaceName;
  readonly roles?: readonly Role[];
  /** Makes what the sequence is about; the result is given to the other two. */
  prepare(world: World): Promise<P>;
  /** @param half what the commands are about: those of two connections are about different things */
  draw(draws: Draws, half: 0 | 1, prepared: P, world: World): Command;
  /** What is there afterwards, without times, ids and epochs. */
  snapshot(player: Player, prepared: P, world: World): Promise<unknown>;
  /** Others see it a moment later, and to look again changes nothing. */
  readonly settles?: true;
  /** What of an acknowledgement is the same in each run, beside `ok` and the code. */
  pick?(event: string, answer: Answer): unknown;
}

export const codeOf = (answer: Answer): string => (answer.ok ? "ok" : (answer.error?.code ?? "no code"));

/** @throws Error where it is refused */
export async function must(player: Player, event: string, input: object): Promise<Answer> {
  const answer = await player.send(event, input);
  if (!answer.ok) throw new Error(`${event} was refused: ${codeOf(answer)}`);
  return answer;
}
