import assert from "node:assert/strict";
import { Type } from "typebox";
import { asId, type UserId } from "../../core/ids.ts";
import { getUser, Users } from "../../examples/get-user/index.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { defineEvent } from "../../server/custom-events.ts";
import { onEachSetup } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";

onEachSetup((setup) => {
  describe("events of an application", () => {
    afterEach(closePlain);

    const start = () => setup.start({ app: { events: [getUser(new Users())] } });

    it("are answered and acknowledged like the others", async () => {
      const app = await start();
      const ann = await app.connect(roomsContract, "ann", { worker: 1 });
      const ack = await ann.raw("get_user", { email: "test@example.com" });
      assert.deepEqual(ack, { ok: true, user: { id: "u1", name: "Test" } });
      const answer = (await ann.nextAny("user_response")) as { data: unknown; timestamp: unknown };
      assert.deepEqual(answer.data, { email: "test@example.com", user: { id: "u1", name: "Test" } });
      assert.equal(typeof answer.timestamp, "number");
    });

    it("are the same for plain WebSocket clients", async () => {
      const app = await start();
      const ann = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
      const ack = await ann.call("get_user", { email: "test@example.com" });
      assert.equal(ack.ok, true);
      assert.deepEqual(ack.user, { id: "u1", name: "Test" });
      const answer = await ann.next("user_response");
      assert.deepEqual(answer.data, { email: "test@example.com", user: { id: "u1", name: "Test" } });
    });

    it("are validated, may refuse, and tell nothing of what goes wrong inside", async () => {
      const broken = defineEvent({
        namespace: "/",
        name: "broken",
        schema: Type.Object({}),
        handle() {
          throw new Error("a secret of the inside");
        },
      });
      const app = await setup.start({ app: { events: [getUser(new Users()), broken] } });
      const ann = await app.connect(roomsContract, "ann");
      assert.equal((await ann.refused("get_user", {})).code, "invalid_payload");
      assert.equal((await ann.refused("get_user", { email: "no@where" })).code, "not_found");
      assert.deepEqual(await ann.refused("broken", {}), {
        code: "internal",
        message: "something went wrong here",
      });
    });

    it("whose result cannot be written are refused, and the server goes on", async () => {
      const circle: { self?: object } = {};
      circle.self = circle;
      const atOnce = { namespace: "/", schema: Type.Object({}) } as const;
      const events = [
        defineEvent({ ...atOnce, name: "circle", handle: () => circle }),
        defineEvent({ ...atOnce, name: "circle_later", handle: async () => circle }),
        defineEvent({ ...atOnce, name: "big", handle: async () => ({ amount: 1n }) }),
        defineEvent({ ...atOnce, name: "fine", handle: () => ({ fine: true }) }),
      ];
      const app = await setup.start({ app: { events } });
      const ann = await app.connect(roomsContract, "ann");
      const bob = openPlain(app.url, "/ws", { query: { token: app.token("bob") } });
      for (const name of ["circle", "circle_later", "big"]) {
        assert.equal((await ann.refused(name, {})).code, "internal");
        const ack = await bob.call(name, {});
        assert.equal((ack.error as { code?: string }).code, "internal");
      }
      assert.deepEqual(await ann.raw("fine", {}), { ok: true, fine: true });
      assert.equal((await bob.call("fine", {})).fine, true);
    });

    it("whose result would overwrite the frame of the answer are refused, on every transport alike", async () => {
      const own = { namespace: "/", schema: Type.Object({}) } as const;
      const events = [
        defineEvent({ ...own, name: "hero", handle: () => ({ id: "h1" }) }),
        defineEvent({ ...own, name: "kind", handle: async () => ({ type: "hero" }) }),
        defineEvent({ ...own, name: "sure", handle: async () => ({ ok: false }) }),
        defineEvent({ ...own, name: "inside", handle: () => ({ hero: { id: "h1", type: "hero" } }) }),
      ];
      const app = await setup.start({ app: { events } });
      const ann = await app.connect(roomsContract, "ann");
      const bob = openPlain(app.url, "/ws", { query: { token: app.token("bob") } });
      for (const name of ["hero", "kind", "sure"]) {
        assert.equal((await ann.refused(name, {})).code, "internal");
        assert.equal(((await bob.call(name, {})).error as { code?: string }).code, "internal");
      }
      assert.deepEqual((await bob.call("inside", {})).hero, { id: "h1", type: "hero" });
    });

    it("are for the roles they name", async () => {
      const only = defineEvent({
        namespace: "/",
        name: "only_services",
        schema: Type.Object({}),
        roles: ["service"],
        handle: () => ({}),
      });
      const app = await setup.start({ app: { events: [only] } });
      const ann = await app.connect(roomsContract, "ann");
      assert.equal((await ann.refused("only_services", {})).code, "forbidden");
      const bot = await app.connect(roomsContract, "bot", { claims: { roles: ["service"] } });
      assert.ok((await bot.raw("only_services", {})).ok);
    });

    it("can send to anybody on any worker", async () => {
      const wave = defineEvent({
        namespace: "/",
        name: "wave",
        schema: Type.Object({ to: Type.String() }),
        async handle({ notify, session }, { to }) {
          return {
            sent: await notify.user(to as typeof session.userId, {
              event: "waved",
              data: { by: session.userId },
            }),
          };
        },
      });
      const app = await setup.start({ app: { events: [wave] } });
      const ann = await app.connect(roomsContract, "ann", { worker: 0 });
      const bob = await app.connect(roomsContract, "bob", { worker: 1 });
      await ann.raw("wave", { to: "bob" });
      assert.deepEqual(((await bob.nextAny("waved")) as { data: unknown }).data, { by: "ann" });
    });

    it("cannot send what is the server's own, which would lie in an inbox and keep all else from its user", async () => {
      const shout = defineEvent({
        namespace: "/",
        name: "shout",
        schema: Type.Object({ event: Type.String() }),
        async handle({ notify }, { event }) {
          await notify.user(asId<UserId>("bob"), { event, reliable: true });
          return {};
        },
      });
      const app = await setup.start({ app: { events: [shout] } });
      const ann = await app.connect(roomsContract, "ann");
      for (const event of ["disconnect", "connect_error", "ack"])
        assert.equal((await ann.refused("shout", { event })).code, "invalid_payload");
      assert.ok((await ann.raw("shout", { event: "shouted" })).ok);
      const bob = await app.connect(roomsContract, "bob", { worker: 1, auth: { reliable: true } });
      await bob.nextAny("shouted");
      assert.deepEqual(bob.pending("error"), []);
    });

    it("tell what is wrong with a definition, and what was probably meant", () => {
      const wrong = { namespace: "/gam", name: "q", shema: {}, handle: () => undefined };
      assert.throws(
        () => defineEvent(wrong as never),
        /^Error: event "q": there is no field shema; did you mean schema\?; schema is missing: .*; there is no namespace \/gam; did you mean \/game\?$/,
      );
    });

    it("cannot take the name of one that is there: the server does not start", async () => {
      const taken = defineEvent({
        namespace: "/",
        name: "publish",
        schema: Type.Object({}),
        handle: () => ({}),
      });
      await assert.rejects(setup.start({ app: { events: [taken] } }), /has an event publish already/);
    });
  });
});
