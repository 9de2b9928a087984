/** Rows 26 to 28: input that no client of ours would send. */
import { NAMESPACES } from "../../core/contract/contract.ts";
import { RawEngine } from "../../test/support/raw-engine.ts";
import { connectAnswer, openSocket, statusOf, within } from "./clients.ts";
import { abuseRow } from "./row.ts";
import { lanes, type Target } from "./target.ts";

const NAMES: readonly unknown[] = [
  ...["constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "valueOf", "then"],
  ...["error", "connect", "connection", "connect_error", "disconnect", "disconnecting"],
  ...["newListener", "removeListener", "ack", "message", "no_such_event", " ", "", "x".repeat(10_000)],
  ...["publish\u0000", "ｐublish", "PUBLISH", "\ud800"],
  ...[0, 7, -1, 1e300, null, true, [], {}, ["publish"]],
];
const PAYLOADS: readonly string[] = [
  ...["null", "7", "true", '"text"', "[]", "[[]]", "{}", "1e999", '{"room":{}}', '{"room":["a"]}'],
  ...['{"__proto__":{"roles":["admin"]}}', '{"constructor":{"prototype":{"roles":["admin"]}}}'],
  ...['{"roles":["admin"],"user_id":"admin"}', '{"_placeholder":true,"num":0}', '{"type":"x","id":1}'],
];

/** Every answer to a hostile command is a refusal, or the connection ends. */
async function refusedByEngine(target: Target, url: string, namespace: string): Promise<void> {
  const nsp = namespace === "/" ? "" : `${namespace},`;
  for (const [at, name] of NAMES.entries()) {
    if (!target.goesOn() && at > 8) break;
    // Each name by another user: what is not known is limited too.
    const token = target.token(`mallory-${at}${namespace}`);
    let engine: RawEngine | undefined;
    for (const payload of target.quick ? PAYLOADS.slice(0, 4) : PAYLOADS) {
      if (engine?.ws.readyState !== 1) {
        engine = await RawEngine.open(url);
        const answer = await engine.connect(namespace, { token });
        target.expect(answer.startsWith("0"), `${namespace} let no user in: ${answer.slice(0, 100)}`);
      }
      engine.send(`2${nsp}5[${JSON.stringify(name)},${payload}]`);
      const answered = engine.next((text) => text.startsWith(`3${nsp}5[`)).catch(() => "ended");
      const answer = await within(answered, 2_000);
      const what = `${namespace}: ${JSON.stringify(name)?.slice(0, 40)} ${payload}`;
      target.expect(!answer.includes('"ok":true'), `${what} was accepted`);
      target.note(/"code":"(\w+)"/.exec(answer)?.[1] ?? answer);
    }
    engine?.close();
  }
}

async function refusedPlain(target: Target, url: string): Promise<void> {
  const token = target.token("mallory");
  for (const path of ["/ws", "/ws/game", "/ws/chat", "/ws/combat", "/ws/world", "/ws/matchmaking"]) {
    const socket = openSocket(url, `${path}?token=${token}`);
    if ((await within(socket.status)) !== 101) continue;
    let accepted = "";
    let answered = 0;
    socket.ws.on("message", (data) => {
      const text = String(data);
      if (!text.includes('"id":"5"') && !text.includes('"type":"error"')) return;
      answered++;
      if (text.includes('"ok":true')) accepted = text;
    });
    for (const name of NAMES)
      for (const payload of PAYLOADS.slice(0, 6))
        socket.ws.send(`{"type":${JSON.stringify(name)},"id":"5","data":${payload},"room":${payload}}`);
    const pong = new Promise((resolve) => socket.ws.once("pong", resolve));
    socket.ws.ping();
    await within(Promise.race([pong, socket.closed]));
    target.expect(accepted === "", `${path}: accepted: ${accepted.slice(0, 100)}`);
    target.note("plain refusals", answered);
    socket.ws.terminate();
  }
}

export const hostileNames = abuseRow({
  id: "26",
  title: "hostile event names and shapes of payloads",
  tried: `${NAMES.length} names with ${PAYLOADS.length} payloads in every namespace, on both transports`,
  mustHold: "unknown_event, invalid_payload or an end; roles unchanged",
  async attack(target) {
    await lanes(NAMESPACES.length, target, async (lane) => {
      const url = target.urls[lane % target.urls.length] ?? target.urls[0];
      await refusedByEngine(target, url, NAMESPACES[lane] ?? "/");
      await refusedPlain(target, url);
    });
    // Nothing of it has made the user, or anybody, an administrator.
    const engine = await RawEngine.open(target.urls[0]);
    await engine.connect("/world", { token: target.token("mallory") });
    engine.send('2/world,9["world_event",{"event":"rain","data":{}}]');
    const answer = await within(engine.next((text) => text.startsWith("3/world,9")).catch(() => "ended"));
    target.expect(
      answer.includes('"forbidden"'),
      `a player's world_event was answered ${answer.slice(0, 100)}`,
    );
    engine.close();
  },
});

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const DEPTHS = [33, 100, 1_000, 5_000, 50_000, 200_000, 500_000];

export const deepJson = abuseRow({
  id: "27",
  title: "JSON that is nested deeply",
  tried: `depths of ${DEPTHS.join(", ")} in commands, CONNECTs and bodies`,
  mustHold: "refused or cut; a depth of 20 is served",
  attack: (target) =>
    lanes(3, target, async (lane) => {
      const url = target.urls[lane % target.urls.length] ?? target.urls[0];
      const token = target.token(`mallory-${lane}`);
      const service = target.token("service", { roles: ["service"] });
      const answerOf = async (value: string, as = token) => {
        const socket = openSocket(url, `/ws?token=${as}`);
        if ((await within(socket.status)) !== 101) return "not let in";
        const answer = new Promise<string>((resolve) => {
          socket.ws.on("message", (data) => String(data).includes('"id":2') && resolve(String(data)));
          void socket.closed.then((code) => resolve(String(code)));
        });
        socket.ws.send('{"type":"subscribe","room":"deep","id":1}');
        socket.ws.send(`{"type":"publish","room":"deep","id":2,"data":${value}}`);
        const first = new Promise<string>((resolve) =>
          socket.ws.on("message", (data) => String(data).includes('"type":"error"') && resolve(String(data))),
        );
        const said = await within(Promise.race([answer, first]));
        socket.ws.terminate();
        return said;
      };
      // Another user: who sends what is refused is kept out for a while.
      const honest = await answerOf(nested(20), target.token(`honest-${lane}`));
      target.expect(honest.includes('"ok":true'), "a depth of 20 was refused");
      for (const depth of DEPTHS) {
        const value = nested(depth);
        const said = await answerOf(value);
        target.expect(
          said !== "late" && !said.includes('"ok":true'),
          `a command of depth ${depth}: ${said.slice(0, 100)}`,
        );
        target.note(/"code":"(\w+)"/.exec(said)?.[1] ?? said);
        const connected = await connectAnswer(
          url,
          "/chat",
          JSON.parse(`{"token":"${token}","x":${nested(Math.min(depth, 3_000))}}`),
        );
        target.expect(!connected.startsWith("0"), `a CONNECT of depth ${depth} was let in`);
        const status = await statusOf(`${url}/api/websocket`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${service}` },
          body: `{"user_id":"ann","message_type":"x","data":${value}}`,
        });
        target.expect([0, 400, 413].includes(status), `a body of depth ${depth} was answered ${status}`);
        target.note(`HTTP ${status}`);
      }
    }),
});

const LARGE = 10_000_000;

export const largeInput = abuseRow({
  id: "28",
  title: "10 MB on every entrance",
  tried: "as text, binary, polled, posted, in headers and addresses",
  mustHold: "1009, 413, 414 or 431, or cut",
  attack: (target) =>
    lanes(2, target, async (lane) => {
      const url = target.urls[lane % target.urls.length] ?? target.urls[0];
      const token = target.token(`mallory-${lane}`);
      const large = Buffer.alloc(LARGE, "x");
      for (const path of [
        `/ws?token=${token}`,
        `/ws/chat?token=${token}`,
        `/ws/large?token=${token}`,
        "/socket.io/?EIO=4&transport=websocket",
      ])
        for (const binary of [false, true]) {
          const socket = openSocket(url, path);
          if ((await within(socket.status)) !== 101) continue;
          socket.ws.send(large, { binary });
          const code = await within(socket.closed);
          // A reset while the rest is written hides the code from some clients.
          target.expect([1006, 1009].includes(Number(code)), `${path}: 10 MB ended with ${code}`);
          target.note(String(code));
          socket.ws.terminate();
        }
      const polling = `${url}/socket.io/?EIO=4&transport=polling`;
      const opened = await (await fetch(polling)).text();
      const sid = /"sid":"([^"]+)/.exec(opened)?.[1] ?? "";
      const service = target.token("service", { roles: ["service"] });
      const json = { "content-type": "application/json", authorization: `Bearer ${service}` };
      for (const [address, init] of [
        [`${polling}&sid=${sid}`, { method: "POST", body: large }],
        [`${url}/api/websocket`, { method: "POST", body: large, headers: json }],
        [`${url}/api/websocket`, { method: "POST", body: large }],
        [`${url}/health?${"x".repeat(60_000)}`, {}],
      ] as const) {
        const status = await statusOf(address, init);
        target.expect(
          status === 0 || status >= 400,
          `10 MB at ${address.slice(url.length, url.length + 40)} were answered ${status}`,
        );
        target.note(`HTTP ${status}`);
      }
    }),
});
