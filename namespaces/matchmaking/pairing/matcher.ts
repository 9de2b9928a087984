/** An application's own rule for a mode's matches: a pure function over the tickets that wait. What it proposes is checked here. */
import { inspect } from "node:util";
import type { UserId } from "../../../core/ids.ts";
import type { Mode } from "../modes.ts";
import type { Ticket } from "../store.ts";
import type { Apart, Pairing } from "./pairing.ts";

/** A ticket as a matcher sees it: a user, or a party that stays together. */
export interface MatchCandidate {
  readonly ticketId: string;
  readonly players: readonly { readonly userId: UserId; readonly skill: number }[];
  /** The mean of its players' skills. */
  readonly skill: number;
  readonly region: string | undefined;
  /** Those of the mode's `match_properties` that the client named. */
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  readonly waitedMs: number;
}

export interface MatcherContext {
  /** In the store's time, in milliseconds. */
  readonly now: number;
  readonly mode: Pick<
    Mode,
    "name" | "teams" | "playersPerTeam" | "minTeams" | "minPlayersPerTeam" | "options"
  >;
  /** Whether users of these tickets block one another, as far as that is known: a match of both would be refused. */
  areApart(one: MatchCandidate, other: MatchCandidate): boolean;
}

/** A match: the tickets of each team, by their ids. */
export type ProposedMatch = readonly (readonly string[])[];

/**
 * Called whenever a queue is looked at: up to four times a second while tickets wait, and again where block lists forbid what it
 * proposed. It must be pure and quick: it runs on the worker's event loop.
 * @param candidates oldest first
 * @returns the matches that can be made now; tickets in none of them wait on
 */
export type Matcher = (
  candidates: readonly MatchCandidate[],
  context: MatcherContext,
) => readonly ProposedMatch[];

export type Matchers = ReadonlyMap<string, Matcher>;

/** What a matcher proposed that is no match of the mode: such a proposal is left out, and the others are made. */
export interface Proposals {
  readonly pairings: readonly Pairing[];
  /** What is wrong, of the first proposals that are. */
  readonly problems: readonly string[];
}

const MAX_PROBLEMS = 5;
const NO_MATCH = "it is no list of teams, each a list of tickets";
/** One line. */
const SHOWN = { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20 };

/** @throws what the matcher throws */
export function proposedBy(
  matcher: Matcher,
  tickets: readonly Ticket[],
  mode: Mode,
  { now, apart, most }: { now: number; apart: Apart | undefined; most: number },
): Proposals {
  const byId = new Map(tickets.map((ticket) => [ticket.ticketId as string, ticket]));
  const proposed = matcher(
    tickets.map((ticket) => candidateOf(ticket, now)),
    {
      now,
      mode,
      areApart(one, other) {
        const [a, b] = [byId.get(one.ticketId), byId.get(other.ticketId)];
        return a !== undefined && b !== undefined && apart?.(a, b) === true;
      },
    },
  );
  const pairings: Pairing[] = [];
  const problems: string[] = [];
  const taken = new Set<Ticket>();
  for (const match of proposed) {
    if (pairings.length >= most) break;
    const teams = teamsIn(match, byId);
    const problem = teams === undefined ? NO_MATCH : problemOf(teams, mode, taken);
    if (problem !== undefined) {
      if (problems.length < MAX_PROBLEMS) problems.push(`${inspect(match, SHOWN).slice(0, 200)}: ${problem}`);
      continue;
    }
    const seated = teams as Ticket[][];
    const chosen = seated.flat();
    for (const ticket of chosen) taken.add(ticket);
    pairings.push({ tickets: chosen.toSorted((a, b) => a.joinedAt - b.joinedAt), teams: seated });
  }
  return { pairings, problems };
}

/** Undefined: not a list of lists, whatever its type says. */
function teamsIn(
  match: unknown,
  byId: ReadonlyMap<string, Ticket>,
): readonly (readonly (Ticket | undefined)[])[] | undefined {
  if (!Array.isArray(match) || !match.every((team) => Array.isArray(team))) return undefined;
  return match.map((team: readonly string[]) => team.map((id) => byId.get(id)));
}

const candidateOf = (ticket: Ticket, now: number): MatchCandidate => ({
  ticketId: ticket.ticketId,
  players: ticket.members.map(({ userId, skill = ticket.skill }) => ({ userId, skill })),
  skill: ticket.skill,
  region: ticket.region,
  properties: Object.fromEntries(ticket.properties),
  waitedMs: Math.max(0, now - ticket.joinedAt),
});

function problemOf(
  teams: readonly (readonly (Ticket | undefined)[])[],
  mode: Mode,
  taken: ReadonlySet<Ticket>,
): string | undefined {
  if (teams.length < mode.minTeams || teams.length > mode.teams)
    return `it has ${teams.length} teams, the mode has ${mode.minTeams} to ${mode.teams}`;
  const seen = new Set<Ticket>();
  for (const team of teams) {
    let players = 0;
    for (const ticket of team) {
      if (ticket === undefined) return "it names a ticket that does not wait";
      if (taken.has(ticket) || seen.has(ticket)) return `it names ticket ${ticket.ticketId} a second time`;
      seen.add(ticket);
      players += ticket.members.length;
    }
    if (players < mode.minPlayersPerTeam || players > mode.playersPerTeam)
      return `a team has ${players} players, the mode has ${mode.minPlayersPerTeam} to ${mode.playersPerTeam}`;
  }
  return undefined;
}
