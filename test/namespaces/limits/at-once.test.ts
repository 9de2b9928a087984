/** Each limit that is counted in one place and filled in another: thirty attempts at once, from two devices on two workers. */
import assert from "node:assert/strict";
import type { Contract, Role } from "../../../core/contract/contract.ts";
import { asId, type UserId, type ZoneId } from "../../../core/ids.ts";
import type { ConnectionPresence } from "../../../core/ports/connection-presence.ts";
import type { Limits } from "../../../core/ports/settings.ts";
import type { Store } from "../../../core/ports/store/store.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { userFights } from "../../../namespaces/combat/fight.ts";
import { combatContract } from "../../../namespaces/combat/index.ts";
import { gameContract } from "../../../namespaces/game/index.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { EntityCounts } from "../../../namespaces/world/entities/quota.ts";
import { worldContract } from "../../../namespaces/world/index.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { until } from "../../support/until.ts";

const ATTEMPTS = 30;
const player = (id: string, team: string) => ({ id, kind: "player" as const, team });
const ogre = { id: "ogre", kind: "monster" as const, team: "monsters" };
const hunt = (user: string) => ({ participants: [player(user, "heroes"), ogre], turn_seconds: 3_600 });
const events =
  "room:create,combat_create,channel_create,channel_join,party_create,queue_join,entity_spawn,enter,chat_block";
const env = {
  RATE_LIMITS_USER: "off",
  RATE_LIMITS_CONNECTION: "off",
  RATE_LIMITS_EVENTS: events
    .split(",")
    .map((event) => `${event}=off`)
    .join(","),
  LIMITS_GAME_ROOMS_PER_USER: "4",
  LIMITS_GAME_ROOMS: "9",
  LIMITS_FIGHTS_PER_USER: "4",
  LIMITS_FIGHTS: "9",
  LIMITS_ENTITIES_PER_USER: "4",
  LIMITS_ENTITIES_PER_ZONE: "9",
  LIMITS_CHANNELS_PER_USER: "1000",
};

interface Case {
  readonly limit: string;
  readonly contract: Contract;
  readonly event: string;
  readonly input: (user: string, at: number) => object;
  /** How many of the attempts are served. */
  readonly most: number;
  /** By turns; default: one. */
  readonly users?: number;
  readonly before?: (app: TestApp, user: string) => Promise<unknown>;
}

/** Channels that everybody may join, of which a user may be in fifty. */
async function inManyChannels(app: TestApp, user: string): Promise<void> {
  const admin = await app.connect(chatContract, "admin", { claims: { roles: ["admin"] as Role[] } });
  const names = Array.from({ length: 45 + ATTEMPTS }, (_, at) => `c${at}`);
  await Promise.all(names.map((channel) => admin.call("channel_create", { channel })));
  const own = await app.connect(chatContract, user);
  await Promise.all(names.slice(ATTEMPTS).map((channel) => own.call("channel_join", { channel })));
}

const CASES: readonly Case[] = [
  {
    limit: "the rooms of a user",
    contract: gameContract,
    event: "room:create",
    input: () => ({}),
    most: 4,
  },
  {
    limit: "the rooms in all",
    contract: gameContract,
    event: "room:create",
    input: () => ({}),
    // The first user's are there.
    most: 5,
    users: 10,
  },
  {
    limit: "the fights of a user",
    contract: combatContract,
    event: "combat_create",
    input: hunt,
    most: 4,
  },
  {
    limit: "the fights in all",
    contract: combatContract,
    event: "combat_create",
    input: hunt,
    most: 5,
    users: 10,
  },
  {
    limit: "the named channels that a user is in",
    contract: chatContract,
    event: "channel_join",
    input: (_user, at) => ({ channel: `c${at}` }),
    most: 5,
    before: inManyChannels,
  },
  {
    limit: "the party of a user",
    contract: matchmakingContract,
    event: "party_create",
    input: () => ({}),
    most: 1,
  },
  {
    limit: "the entities of a user",
    contract: worldContract,
    event: "entity_spawn",
    input: (user, at) => ({ entity_id: `${user}-${at}`, kind: "tree", x: 0, y: 0 }),
    most: 4,
  },
  {
    limit: "the entities of a zone",
    contract: worldContract,
    event: "entity_spawn",
    input: (user, at) => ({ entity_id: `${user}-${at}`, kind: "tree", x: 0, y: 0 }),
    most: 5,
    users: 10,
  },
];

onEachSetup((setup) => {
  describe("limits at once", () => {
    it("hold for thirty attempts from devices on two workers, each of them", async () => {
      const app = await setup.start({ env });
      for (const { limit, contract, event, input, most, users = 1, before } of CASES) {
        const names = Array.from({ length: users }, (_, at) =>
          `${event}-${users}-${at}`.replaceAll(":", "-"),
        );
        await before?.(app, names[0] ?? "");
        const devices = await Promise.all(
          names.flatMap((user) =>
            ([0, 1] as const).map(async (worker) => ({
              user,
              client: await app.connect(contract, user, { worker }),
            })),
          ),
        );
        if (contract === worldContract)
          for (const { client } of devices)
            assert.ok((await client.raw("enter", { zone: "z", x: 0, y: 0 })).ok);
        const acks = await Promise.all(
          Array.from({ length: ATTEMPTS }, (_, at) => {
            const { user, client } = devices[at % devices.length] ?? assert.fail();
            return client.raw(event, input(user, at));
          }),
        );
        const codes = acks.map((ack) => (ack.ok ? "ok" : ack.error.code));
        assert.equal(codes.filter((code) => code === "ok").length, most, `${limit}: ${codes.join(" ")}`);
        assert.deepEqual(
          codes.filter((code) => !["ok", "conflict", "server_full", "room_full"].includes(code)),
          [],
          limit,
        );
      }
    });

    it("a fight that a device is just joining counts, though another player joins it meanwhile", async () => {
      let isHeld = false;
      let goOn: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      let holds = false;
      const wrapStore = (store: Store): Store => {
        const documents: Store["documents"] = {
          ...store.documents,
          async commit(change) {
            if (holds && !isHeld && change.partition.startsWith("combat:")) {
              isHeld = true;
              await held;
            }
            return store.documents.commit(change);
          },
        };
        return Object.assign(Object.create(store), { documents });
      };
      const app = await setup.start({ env: { ...env, LIMITS_FIGHTS_PER_USER: "1" }, wrapStore });
      const [ann, again, bob, carl] = [
        await app.connect(combatContract, "ann"),
        await app.connect(combatContract, "ann", { worker: 1 }),
        await app.connect(combatContract, "bob"),
        await app.connect(combatContract, "carl", { worker: 1 }),
      ];
      const participants = [player("bob", "1"), player("carl", "2"), player("ann", "3")];
      const { combat_session_id } = await bob.call("combat_create", { participants });
      holds = true;
      const joining = ann.call("combat_join", { combat_session_id });
      await until("ann's join is held", () => isHeld);
      await carl.call("combat_join", { combat_session_id });
      await app.runDue();
      const { store } = app.workers[0]?.services ?? assert.fail();
      assert.ok(await store.indexes.get(userFights(asId<UserId>("ann")), combat_session_id), "it is listed");
      const second = await again.refused("combat_create", hunt("ann"));
      goOn();
      await joining;
      assert.equal(second.code, "conflict");
    });
  });
});

describe("entities of one owner", () => {
  it("keep their zone counted while another of them is refused", async () => {
    const counted = new Map<string, Set<string>>();
    const presence: ConnectionPresence = {
      async join(_scope, { id }, { subject, max = Number.POSITIVE_INFINITY }) {
        await undefined;
        const there = counted.get(subject) ?? new Set();
        counted.set(subject, there);
        if (!there.has(id) && there.size >= max) return { connections: there.size, refused: true };
        there.add(id);
        // The first one learns last that it is in.
        if (subject.startsWith("here:")) await new Promise((resolve) => setTimeout(resolve, 5));
        return { connections: there.size, refused: false };
      },
      async leave(_scope, { id }, subject) {
        counted.get(subject)?.delete(id);
        return { connections: counted.get(subject)?.size ?? 0 };
      },
    };
    const any = Number.POSITIVE_INFINITY;
    const limits = { entities: any, entitiesPerZone: any, entitiesPerUser: any } as Limits;
    const counts = new EntityCounts(presence, limits, 1);
    const place = { zone: asId<ZoneId>("z"), owner: asId<UserId>("ann") };
    const [one, two] = await Promise.allSettled([
      counts.take({ ...place, id: "one" }),
      counts.take({ ...place, id: "two" }),
    ]);
    assert.deepEqual([one.status, two.status], ["fulfilled", "rejected"]);
    assert.equal(counted.get("zones:ann")?.size, 1);
    await counts.release({ ...place, id: "one" });
    assert.equal(counted.get("zones:ann")?.size, 0);
  });
});
