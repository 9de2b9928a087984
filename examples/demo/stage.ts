/** Where the story plays, and who is in it. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import type { Role } from "../../core/contract/contract.ts";
import type { GameContract } from "../../namespaces/game/schema.ts";
import { Player, type PlayerOptions } from "./player.ts";

const TRIES = 20;

export interface Stage {
  /** A server, or several workers behind one address. */
  readonly url: string;
  /** Whether two players must be on different workers. */
  readonly apart: boolean;
  readonly transports?: PlayerOptions["transports"];
  /** One readable line of what happens. */
  say(line: string): void;
  token(userId: string, claims: { readonly name: string; readonly roles?: readonly Role[] }): Promise<string>;
}

export interface Cast {
  readonly ann: Player;
  readonly bob: Player;
  /** In the same world, but far away. */
  readonly cleo: Player;
}

/** New users: a server that has played the story before plays it again. */
const suffix = () => randomBytes(3).toString("hex");

export async function arrive(stage: Stage, name: string): Promise<Player> {
  const userId = `${name}-${suffix()}`;
  const token = await stage.token(userId, { name });
  const player = new Player({ url: stage.url, userId, token, transports: stage.transports });
  await player.enter<GameContract>("/game");
  return player;
}

/**
 * One connection more. A balancer that takes its workers in turn gives every arrival to the same one if an arrival makes an even number
 * of connections.
 */
async function nudge(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port || 80), hostname);
  await once(socket, "connect");
  socket.destroy();
}

/** A player on another worker than `other`; the balancer decides, so it may take more than one try. */
async function arriveApart(stage: Stage, name: string, other: Player): Promise<Player> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const player = await arrive(stage, name);
    if (player.worker !== other.worker) return player;
    player.close();
    if (attempt % 2 === 0) await nudge(stage.url);
  }
  throw new Error(`after ${TRIES} tries ${name} is still on ${other.name}'s worker: is there only one?`);
}

export async function assemble(stage: Stage): Promise<Cast> {
  const ann = await arrive(stage, "ann");
  const bob = await (stage.apart ? arriveApart(stage, "bob", ann) : arrive(stage, "bob"));
  const cleo = await arrive(stage, "cleo");
  stage.say(
    stage.apart
      ? `ann is connected to worker ${ann.worker}, bob to ${bob.worker}.`
      : "ann and bob are connected.",
  );
  return { ann, bob, cleo };
}

export function dismiss(cast: Cast): void {
  for (const player of Object.values(cast)) player.close();
}
