import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "socket.io";
import { asId, type WorkerId } from "../../core/ids.ts";
import { createSessionAffinity } from "../../server/cluster/session-affinity.ts";
import { createHttpListener, type HttpListener } from "../../server/http/http-listener.ts";
import { silentObserver } from "../support/observer.ts";

describe("a port that is opened again", () => {
  let folder: string;
  let httpListener: HttpListener;
  let url: string;
  /** Keeps its connection as long as the server does. */
  let agent: http.Agent;
  let held: http.ServerResponse | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-front-"));
    httpListener = createHttpListener({
      io: new Server(),
      app: (req, res) => {
        if (req.url === "/held") held = res;
        else res.end("hello");
      },
      sessionAffinity: createSessionAffinity(asId<WorkerId>("w_front"), { idleMs: 2_000, folder }),
      observer: silentObserver(),
      requestTimeoutMs: 2_000,
      idleMs: 2_000,
      originAllowed: () => true,
      arrive: () => undefined,
      maxConnecting: 100,
      maxPolledBytes: 1_000,
      isCrowded: () => false,
      load: { isFull: false, shed: { connections: 0, volatile: 0 }, retryMs: 0 },
      cutOff: { reason: undefined, counts: { released: 0, refused: 0 }, retryMs: 0 },
    });
    url = `http://localhost:${await httpListener.listen("localhost", 0)}/`;
    agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(async () => {
    agent.destroy();
    await httpListener.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Whether the connection is kept after the answer. */
  async function ask(): Promise<string | undefined> {
    const [res] = (await once(http.get(url, { agent }), "response")) as [http.IncomingMessage];
    await once(res.resume(), "end");
    return res.headers.connection;
  }
  const refused = () => assert.rejects(fetch(url, { signal: AbortSignal.timeout(2_000) }));

  it("takes connections, and keeps them, on the same port", async () => {
    httpListener.stopListening();
    await refused();
    await httpListener.listenAgain();
    assert.equal(await ask(), "keep-alive");
  });

  it("is closed at once if that was asked for while it opened, and its connections end as before", async () => {
    const client = net.connect(Number(new URL(url).port), "localhost");
    let answers = "";
    client.setEncoding("utf8").on("data", (text: string) => {
      answers += text;
    });
    client.write("GET /held HTTP/1.1\r\nHost: front\r\n\r\n");
    await once(httpListener.server, "request");
    httpListener.stopListening();
    const opened = httpListener.listenAgain();
    httpListener.stopListening();
    await opened;
    assert.equal(httpListener.server.listening, false);
    await refused();
    client.write("GET / HTTP/1.1\r\nHost: front\r\n\r\n");
    await once(httpListener.server, "request");
    held?.end("held");
    await once(client, "close");
    assert.match(answers, /keep-alive.*held.*Connection: close.*hello/s);
  });

  it("stays open where that, too, was taken back", async () => {
    httpListener.stopListening();
    const opened = [httpListener.listenAgain()];
    httpListener.stopListening();
    opened.push(httpListener.listenAgain());
    await Promise.all(opened);
    assert.equal(await ask(), "keep-alive");
  });

  it("is not left open by a close meanwhile", async () => {
    httpListener.stopListening();
    const opened = httpListener.listenAgain();
    await httpListener.close();
    await opened;
    assert.equal(httpListener.server.listening, false);
    await refused();
  });
});
