/** What an act is made of: users on some workers, and commands of a few of them in turn. */
import type { Client } from "../support/client.ts";
import { type Cluster, quiet } from "./cluster.ts";

export interface Act {
  readonly name: string;
  readonly summary: string;
  /** What is counted. */
  readonly unit: string;
  /** Workers from this number on have no part in it. Left out: all have. */
  readonly apartFrom?: number;
  /** It is what the cluster does anyway. */
  readonly isIdle?: true;
  /** How often beside the others. Default 1. */
  readonly times?: number;
  /** Connects what it needs. @returns does it so many times, and says how often it was done */
  prepare(cluster: Cluster): Promise<(times: number) => Promise<number>>;
}

/** Users in all, on however many workers they are. */
export const USERS = 48;
/** Of those, send at the same time. */
export const LANES = 4;
export const DATA = '{"text":"of some length, as such messages have"}';

/** Users on the workers in turn, or all on one. */
export function connectUsers(
  cluster: Cluster,
  namespace: string,
  { count = USERS, only, name = "user" }: { count?: number; only?: number; name?: string } = {},
): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, (_, at) =>
      cluster.connect(only ?? at % cluster.urls.length, `${name}${at}`, [namespace]),
    ),
  );
}

const eventsOf = (clients: readonly Client[]) => clients.reduce((sum, client) => sum + client.events, 0);

/** A few clients in turn, each with one under way; ends when nothing more arrives at the listeners. */
export async function inLanes(
  senders: readonly Client[],
  listeners: readonly Client[],
  times: number,
  one: (client: Client, at: number) => Promise<void>,
): Promise<number> {
  let at = 0;
  const lane = async (client: Client) => {
    while (at < times) await one(client, at++);
  };
  await Promise.all(senders.map(lane));
  await quiet(() => eventsOf(listeners), 0);
  return times;
}
