/** Tickets and modes for tests of the pure parts. */

import fc from "fast-check";
import { asId, type TicketId, type UserId } from "../../../core/ids.ts";
import { parseModes } from "../../../namespaces/matchmaking/mode-config.ts";
import type { Mode } from "../../../namespaces/matchmaking/modes.ts";
import type { Ticket } from "../../../namespaces/matchmaking/store.ts";

export const NOW = 1_000_000_000;

export function modeOf(config: Record<string, unknown>): Mode {
  const mode = parseModes({ tested: { game: "dash-dice", ...config } }).get("tested");
  if (!mode) throw new Error("no such mode");
  return mode;
}

export interface TicketOf {
  readonly size?: number;
  readonly skill?: number;
  readonly region?: string;
  readonly map?: string;
  readonly waitedMs?: number;
}

/** A ticket named `name`, of the users `name.0`, `name.1`, … */
export function ticket(name: string, of: TicketOf = {}): Ticket {
  const members = Array.from({ length: of.size ?? 1 }, (_, at) => ({
    userId: asId<UserId>(`${name}.${at}`),
    name: `${name}.${at}`,
  }));
  return {
    ticketId: asId<TicketId>(name),
    mode: "tested",
    owner: asId<UserId>(`${name}.0`),
    members,
    skill: of.skill ?? 1000,
    ...(of.region !== undefined && { region: of.region }),
    properties: of.map === undefined ? [] : [["map", of.map]],
    joinedAt: NOW - (of.waitedMs ?? 0),
    revision: 1,
  };
}

/** Modes with every kind of rule. */
export const anyMode = fc
  .record({
    teams: fc.integer({ min: 1, max: 4 }),
    players_per_team: fc.integer({ min: 1, max: 4 }),
    skill: fc.option(
      fc.record({
        window: fc.integer({ min: 0, max: 300 }),
        widen_per_s: fc.integer({ min: 0, max: 20 }),
        max_window: fc.integer({ min: 300, max: 600 }),
      }),
      { nil: undefined },
    ),
    region: fc.constantFrom("any", "same"),
    any_region_after_s: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    match_properties: fc.constantFrom([], ["map"]),
  })
  .map(({ skill, any_region_after_s, ...rest }) =>
    modeOf({
      ...rest,
      regions: ["eu", "us", "asia"],
      ...(skill && { skill }),
      ...(rest.region === "same" && any_region_after_s !== undefined && { any_region_after_s }),
    }),
  );

export const anyTickets = fc
  .array(
    fc.record(
      {
        size: fc.integer({ min: 1, max: 4 }),
        skill: fc.integer({ min: 0, max: 1500 }),
        region: fc.constantFrom("eu", "us", "asia"),
        map: fc.constantFrom("dust", "ice"),
        waitedMs: fc.integer({ min: 0, max: 90_000 }),
      },
      { requiredKeys: ["size", "skill", "waitedMs"] },
    ),
    { maxLength: 60 },
  )
  .map((all) => all.map((each, at) => ticket(`t${at}`, each)));
