/** The address of the keys hangs, or is away: clients are told so in time, and those with known keys notice nothing. */
import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import jwt from "jsonwebtoken";
import { io } from "socket.io-client";
import { closeAll, startEmbedded } from "../support/app.ts";
import { codeOf, post } from "../support/http.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { type Refusal, refusalOf } from "../support/refusals.ts";

/** Clients give up after some seconds. */
const IN_TIME_MS = 3_000;

describe("a key server that does not answer", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keySet = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one" }] });
  let server: Server;
  let hangs: boolean;
  let fetches: number;
  let env: Record<string, string>;
  beforeEach(async () => {
    hangs = true;
    fetches = 0;
    server = createServer((_, response) => {
      fetches++;
      if (!hangs) response.end(keySet);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    env = { JWT_SECRET: "", JWT_JWKS_URL: `http://127.0.0.1:${port}/keys` };
  });
  afterEach(async () => {
    closePlain();
    await closeAll();
    server.closeAllConnections();
    server.close();
  });
  const tokenOf = (user: string, kid = "one") =>
    jwt.sign({ sub: user }, privateKey, { algorithm: "RS256", keyid: kid, expiresIn: 600 });

  function connect(url: string, token: string, transport: "polling" | "websocket"): Promise<void> {
    const socket = io(`${url}/chat`, {
      ...{ transports: [transport], forceNew: true, reconnection: false, auth: { token } },
    });
    return new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve()).once("connect_error", reject);
    }).finally(() => socket.disconnect());
  }

  it("keeps nobody waiting: connections and requests are unavailable, with one fetch for all", async () => {
    const app = await startEmbedded({ env });
    const since = performance.now();
    const refusals = Promise.all(
      (["polling", "websocket"] as const).map(
        (one): Promise<Refusal> => refusalOf(connect(app.url, tokenOf("ann"), one)),
      ),
    );
    const plain = Array.from({ length: 20 }, (_, at) =>
      openPlain(app.url, "/ws/chat", { query: { token: tokenOf(`u${at}`) } }),
    );
    assert.deepEqual(
      (await refusals).map(({ message, data }) => [message, data?.code]),
      [
        ["unavailable", "unavailable"],
        ["unavailable", "unavailable"],
      ],
    );
    for (const client of plain) {
      assert.equal((await client.next("error")).code, "unavailable");
      assert.equal((await client.closed).code, 1013);
    }
    const reply = await post(`${app.url}/api/tokens/revoke`, { user_id: "eve" }, { token: tokenOf("ann") });
    assert.deepEqual([reply.status, codeOf(reply)], [503, "unavailable"]);
    assert.ok(performance.now() - since < IN_TIME_MS, `${performance.now() - since} ms`);
    assert.equal(fetches, 1);
  });

  it("lets those in whose key is known, while others are unavailable; forged tokens stay out", async () => {
    hangs = false;
    const app = await startEmbedded({ env });
    await connect(app.url, tokenOf("ann"), "polling");
    hangs = true;
    await app.advance(31_000);
    assert.equal(
      (await refusalOf(connect(app.url, tokenOf("bob", "two"), "websocket"))).message,
      "unavailable",
    );
    await connect(app.url, tokenOf("cid"), "websocket");
    const forged = jwt.sign(
      { sub: "eve" },
      createSecretKey(Buffer.from(publicKey.export({ format: "der", type: "spki" }))),
      {
        algorithm: "HS256",
        keyid: "one",
        expiresIn: 600,
      },
    );
    assert.equal((await refusalOf(connect(app.url, forged, "websocket"))).message, "token_invalid");
    assert.equal(fetches, 2);
  });

  it("that is away is as one that hangs", async () => {
    await new Promise((resolve) => server.close(resolve));
    const app = await startEmbedded({ env });
    assert.equal((await refusalOf(connect(app.url, tokenOf("ann"), "polling"))).message, "unavailable");
  });
});
