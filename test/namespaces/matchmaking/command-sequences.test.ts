import assert from "node:assert/strict";
import fc from "fast-check";
import { asId, type MatchId, type TicketId, type UserId } from "../../../core/ids.ts";
import { keys, type MatchRecord, type Ticket } from "../../../namespaces/matchmaking/store.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { connectAll, type Player, placeOf, storeOf } from "./clients.ts";

const MODES =
  "matchmaking:\n  modes:\n" +
  "    duel: { game: dash-dice, ready_check: { accept_s: 600, cool_down_s: 0 } }\n" +
  "    pairs: { game: dash-dice, players_per_team: 2, ready_check: { accept_s: 600, cool_down_s: 0 } }\n" +
  "rate_limits:\n  connection: off\n  user: off\n" +
  "  events: { queue_join: off, queue_leave: off, match_accept: off, match_decline: off, preferences: off }\n";
/** `pia` leads a party, with `pip` in it. */
const USERS = ["ann", "bob", "cid", "dot", "pia", "pip"];
const SETTLED_WITHIN_MS = 4_000;

type Step = {
  readonly user: number;
  readonly device: number;
  readonly act: "duel" | "pairs" | "leave" | "accept" | "decline" | "prefer" | "tick";
};

const anyStep: fc.Arbitrary<Step> = fc.record({
  user: fc.nat(USERS.length - 1),
  device: fc.nat(1),
  act: fc.constantFrom(
    "duel",
    "duel",
    "pairs",
    "pairs",
    "leave",
    "accept",
    "accept",
    "decline",
    "prefer",
    "tick",
  ),
});

class Course {
  readonly app: TestApp;
  /** Of each user, one on each worker. */
  readonly devices: readonly (readonly Player[])[];
  readonly partyId: string;
  /** Acknowledged, with who asked. */
  readonly tickets = new Map<string, string>();

  constructor(app: TestApp, devices: readonly (readonly Player[])[], partyId: string) {
    this.app = app;
    this.devices = devices;
    this.partyId = partyId;
  }

  async take({ user, device, act }: Step): Promise<void> {
    const name = USERS[user] ?? "";
    const player = this.devices[device]?.[user] ?? assert.fail("no device");
    if (act === "tick") await this.app.workers.at(device)?.modules.matchmaking.tick();
    else if (act === "leave") await player.raw("queue_leave", {});
    else if (act === "prefer") await player.raw("preferences", { region: "eu" });
    else if (act === "accept" || act === "decline") {
      const match_id = (await placeOf(this.app, name))?.matchId;
      if (match_id !== undefined) await player.raw(`match_${act}`, { match_id });
    } else {
      const wish = { game_mode: act, ...(name === "pia" && { party_id: this.partyId }) };
      const ack = await player.raw("queue_join", wish);
      if (ack.ok) this.tickets.set((ack as unknown as { ticket_id: string }).ticket_id, name);
    }
  }

  /** What contradicts the promise: each ticket waits, is in one match, or was given up; each user stands in one place. */
  async problems(): Promise<string[]> {
    const { documents, indexes } = storeOf(this.app);
    const found: string[] = [];
    const waiting = new Map<string, Ticket>();
    for (const mode of ["duel", "pairs"])
      for (const { member, value } of (await indexes.page(keys.queue(mode), { limit: 100 })).members) {
        waiting.set(member, value);
        const stored = await documents.load(keys.ticket(asId<TicketId>(member)));
        if (stored?.state.revision !== value.revision) found.push(`${member} waits as something else`);
      }
    const matches = await this.#matches();
    for (const [id, owner] of this.tickets) {
      const live = matches.filter(
        ({ phase, tickets }) => phase !== "cancelled" && tickets.some(({ ticketId }) => ticketId === id),
      );
      const places = live.length + (waiting.has(id) ? 1 : 0);
      if (places > 1) found.push(`${id} of ${owner} is in ${places} places`);
      if (places === 0 && !this.#wasLeft(id)) found.push(`${id} of ${owner} is lost`);
    }
    for (const user of USERS) {
      const place = await placeOf(this.app, user);
      const own = [...waiting.values()].filter(({ members }) =>
        members.some(({ userId }) => userId === user),
      );
      const asked = matches.filter(
        ({ phase, teams }) => phase === "checking" && teams.flat().includes(asId<UserId>(user)),
      );
      const stands = [place?.ticketId, place?.matchId].filter((each) => each !== undefined);
      const is = [...own.map(({ ticketId }) => ticketId), ...asked.map(({ matchId }) => matchId)];
      if (stands.join() !== is.join()) found.push(`${user} stands in ${stands} and is in ${is}`);
    }
    return found;
  }

  async #matches(): Promise<MatchRecord[]> {
    const ids = new Set(this.#heard("match_found").map(({ match_id }) => asId<MatchId>(String(match_id))));
    for (const user of USERS) {
      const id = (await placeOf(this.app, user))?.matchId;
      if (id !== undefined) ids.add(id);
    }
    const loaded = await storeOf(this.app).documents.loadMany([...ids].map(keys.match));
    return loaded.flatMap((match) => (match ? [match.state] : []));
  }

  #wasLeft(id: string): boolean {
    return this.#heard("queue_left").some(
      ({ ticket_id, reason }) => ticket_id === id && reason !== "matched",
    );
  }

  #heard(event: string): Record<string, unknown>[] {
    return this.devices
      .flat()
      .flatMap(({ log }) =>
        log.filter((each) => each.event === event).map(({ payload }) => payload as Record<string, unknown>),
      );
  }

  /** Everybody gives up; then nobody may stand anywhere. */
  async end(): Promise<void> {
    for (const user of USERS.keys()) await this.take({ user, device: 0, act: "leave" });
    for (const name of USERS) {
      const { ticketId, matchId } = (await placeOf(this.app, name)) ?? {};
      assert.deepEqual([ticketId, matchId], [undefined, undefined], name);
    }
  }
}

describe("/matchmaking: every course of joining, leaving and answering, on two devices at once", () => {
  onEachSetup((setup) => {
    it("loses no ticket, and nobody is in two matches or in two places", async () => {
      const app = await setup.start({ yaml: MODES });
      const devices = [
        await connectAll(app, USERS, { worker: 0 }),
        await connectAll(app, USERS, { worker: 1 }),
      ];
      const [pia, pip] = [devices[0]?.[4], devices[1]?.[5]];
      const { party } = (await pia?.call("party_create", {})) ?? assert.fail("no party");
      await pia?.call("party_invite", { user_id: "pip" });
      await pip?.call("party_join", { party_id: party.party_id });
      const course = new Course(app, devices, party.party_id);
      const groups = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 4 }), {
        minLength: 5,
        maxLength: 15,
      });
      await fc.assert(
        fc.asyncProperty(groups, async (some) => {
          // Those of one group are under way at the same time.
          for (const group of some) await Promise.all(group.map((step) => course.take(step)));
          const until = performance.now() + SETTLED_WITHIN_MS;
          let problems = await course.problems();
          while (problems.length > 0 && performance.now() < until) {
            await app.runDue();
            problems = await course.problems();
          }
          assert.deepEqual(problems, []);
          await course.end();
        }),
        { numRuns: 40, endOnFailure: true },
      );
      assert.ok(course.tickets.size > 40, "something was tried");
    });
  });
});
