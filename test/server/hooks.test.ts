import assert from "node:assert/strict";
import { GameError } from "../../core/contract/errors.ts";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { createApp } from "../../server/app.ts";
import type { AppOptions } from "../../server/app-api.ts";
import { loadConfig } from "../../server/config/index.ts";
import type { Authenticate } from "../../server/sessions/own-sessions.ts";
import { onEachSetup } from "../support/app.ts";
import { codeOf, get, post } from "../support/http.ts";
import { PlainClient } from "../support/plain.ts";

/** Sessions in a cookie, as a web application has them. */
const byCookie: Authenticate = ({ headers }) => {
  const session = /(?:^|; )session=(\w+)/.exec(headers.cookie ?? "")?.[1];
  if (session === undefined) return undefined;
  if (session === "gone") throw new GameError("token_expired", { message: "log in again" });
  return {
    userId: session,
    name: `${session} of the web`,
    roles: session === "root" ? ["admin"] : ["player"],
  };
};

describe("an application's hooks of connections", () => {
  onEachSetup((setup) => {
    it("know users by sessions of their own, on plain WebSocket and Socket.IO, and leave the rest to tokens", async () => {
      const app = await setup.start({ app: { authenticate: byCookie } });
      const ann = new PlainClient(`${app.url}/ws/game`, { headers: { cookie: "a=b; session=ann" } });
      const welcome = (await ann.next("welcome")) as { user?: { user_id: string; name: string } };
      assert.deepEqual(welcome.user?.user_id, "ann");
      assert.equal(welcome.user?.name, "ann of the web");
      const gone = new PlainClient(`${app.url}/ws/game`, { headers: { cookie: "session=gone" } });
      assert.equal((await gone.next("error")).code, "token_expired");
      const bob = await app.connect(chatContract, "bob");
      assert.equal((await bob.call("unread", {})).channels.length >= 0, true);
      await assert.rejects(app.connect(chatContract, null, { auth: { token: "bad" } }), /token_invalid/);
      ann.ws.close();
    });

    it("are asked for every connection that would be let in, and may refuse it", async () => {
      const asked: string[] = [];
      const app = await setup.start({
        app: {
          async onConnect({ identity, namespace, address }) {
            asked.push(`${identity.userId} ${namespace} ${address !== ""}`);
            if (identity.userId === "eve") throw new GameError("banned", { message: "until tomorrow" });
            if (identity.userId === "odd") throw new Error("a mistake of the application's own");
          },
        },
      });
      await app.connect(chatContract, "ann");
      await app.connect(gameContract, "ann", { worker: 1 });
      await assert.rejects(app.connect(chatContract, "eve"), /banned/);
      await assert.rejects(app.connect(chatContract, "odd"), /internal/);
      await assert.rejects(app.connect(chatContract, null, { auth: { token: "bad" } }), /token_invalid/);
      assert.deepEqual(asked.sort(), [
        "ann /chat true",
        "ann /game true",
        "eve /chat true",
        "odd /chat true",
      ]);
    });

    it("add routes and pages to the port, behind the server's own", async () => {
      const app = await setup.start({
        app: {
          routes(router) {
            router.get("/scores", (_req, res) => void res.json({ best: 42 }));
            router.get("/health", (_req, res) => void res.json({ mine: true }));
            router.get("/broken", () => {
              throw new Error("a mistake of the application's own");
            });
          },
        },
      });
      const scores = await get(`${app.url}/scores`);
      assert.deepEqual([scores.status, scores.body], [200, { best: 42 }]);
      assert.ok(scores.headers.get("content-security-policy"));
      assert.equal((await get(`${app.url}/health`)).body.mine, undefined);
      const broken = await get(`${app.url}/broken`);
      assert.deepEqual([broken.status, codeOf(broken)], [500, "internal"]);
    });

    it("the demo page can be switched off", async () => {
      const app = await setup.start({ env: { DEMO_PAGE: "false" } });
      assert.equal((await get(`${app.url}/`)).status, 404);
      const shown = await setup.start();
      assert.equal((await get(`${shown.url}/`)).status, 200);
    });

    it("a misspelt event is told with the one that was meant, also of another namespace", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann");
      const messageOf = async (event: string) => {
        const answer = await ann.raw(event, {});
        return answer.ok ? "served" : `${answer.error.code}: ${answer.error.message}`;
      };
      assert.match(await messageOf("chat_mesage"), /^unknown_event: .*; did you mean chat_message\?$/);
      assert.match(await messageOf("queue_join"), /^unknown_event: .*; it is an event of \/matchmaking$/);
      assert.match(
        await messageOf("queue_jion"),
        /^unknown_event: .*; did you mean queue_join of \/matchmaking\?$/,
      );
      assert.match(await messageOf("x".repeat(100)), /^unknown_event: [^;]*$/);
    });

    it("in development an answer names the fields that the event does not know", async () => {
      const app = await setup.start();
      const ann = await app.connect(chatContract, "ann");
      const asked = await ann.raw("unread", { channels: ["global"], user_id: "ann" });
      assert.deepEqual(asked.ok && (asked as { ignored?: string[] }).ignored, ["channels"]);
      const right = await ann.raw("unread", {});
      assert.ok(right.ok && !("ignored" in right));
    });

    it("the HTTP API refuses a field that it does not know, and names the one that was meant", async () => {
      const app = await setup.start();
      const token = app.token("jobs", { roles: ["service"] });
      const answer = await post(
        `${app.url}/api/websocket`,
        { user_id: "ann", message_typ: "hello", message_type: "hello", data: {} },
        { token },
      );
      assert.deepEqual([answer.status, codeOf(answer)], [400, "invalid_payload"]);
      assert.match(
        JSON.stringify(answer.body),
        /message_typ: there is no such field; did you mean message_type\?/,
      );
    });
  });

  it("createApp refuses an option that there is not, and names the one that was meant", async () => {
    const { config } = loadConfig({ env: { DATA_DIR: "/nowhere" } });
    const options = { log: console, gamse: [], onGameEnd: () => undefined } as unknown as AppOptions;
    await assert.rejects(
      createApp(config, options),
      /^Error: createApp: there is no option gamse; did you mean game\?; there is no option onGameEnd; did you mean onGameEnded\?$/,
    );
    const wrong = {
      log: console,
      chat: { filer: 1 },
      game: [],
      games: [{}],
      events: [1],
    } as unknown as AppOptions;
    await assert.rejects(
      createApp(config, wrong),
      /game is an object of options; games is .*; there is no option chat\.filer; did you mean chat\.filter\?; games\[0\] is not made with defineGame; events\[0\] /,
    );
    await assert.rejects(createApp(config, {} as AppOptions), /it needs a log/);
  });
});
