/** Rows 20, 23 and 24: who is let in. */
import { createHmac } from "node:crypto";
import { SECRET } from "../stage.ts";
import { connectAnswer, openSocket, statusOf, within } from "./clients.ts";
import { abuseRow } from "./row.ts";
import { lanes, type Target } from "./target.ts";

const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Signed with the server's own secret, so that only the rest can be wrong. */
function signed(head: unknown, body: unknown, secret = SECRET): string {
  const text = `${part(head)}.${part(body)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

const HEAD = { alg: "HS256", typ: "JWT" };
const now = () => Math.floor(Date.now() / 1_000);
const ISSUED = { iss: "https://login.example.com", aud: "muster" };
const body = (more: object = {}) => ({ sub: "mallory", iat: now(), exp: now() + 600, ...ISSUED, ...more });

const forgeries = (): Record<string, string> => ({
  "alg none": `${part({ alg: "none" })}.${part(body())}.`,
  "alg NoNe, signed": signed({ alg: "NoNe" }, body()),
  "alg RS256 over the secret": signed({ alg: "RS256" }, body()),
  "alg HS512 in the head": signed({ alg: "HS512" }, body()),
  "another secret": signed(HEAD, body(), "another secret that is longer than 32 bytes"),
  "no signature": signed(HEAD, body()).replace(/[^.]*$/, ""),
  "kid as a path": signed({ ...HEAD, kid: "../../dev/null" }, body(), ""),
  jku: signed({ ...HEAD, jku: "https://evil.example/jwks.json" }, body(), "k"),
  x5u: signed({ ...HEAD, x5u: "https://evil.example/cert.pem" }, body(), "k"),
  "a key of its own": signed({ ...HEAD, jwk: { kty: "oct", k: part("k") } }, body(), "k"),
  "no exp": signed(HEAD, body({ exp: undefined })),
  "exp 1e300": signed(HEAD, `${JSON.stringify(body()).slice(0, -1)},"exp":1e300}`),
  "exp as text": signed(HEAD, body({ exp: "9999999999" })),
  expired: signed(HEAD, body({ exp: now() - 600 })),
  "not yet good": signed(HEAD, body({ nbf: now() + 600 })),
  "no sub": signed(HEAD, body({ sub: undefined })),
  "sub as a number": signed(HEAD, body({ sub: 7 })),
  "empty sub": signed(HEAD, body({ sub: "" })),
  "two subs": signed(HEAD, `${JSON.stringify(body()).slice(0, -1)},"sub":"admin"}`),
  "two algs": signed('{"alg":"none","alg":"HS256"}', body()),
  "a text in place of claims": signed(HEAD, '"mallory"'),
  "an array in place of claims": signed(HEAD, "[]"),
  "roles unknown to the server": signed(HEAD, body({ roles: ["root"] }), "another secret"),
  "another issuer": signed(HEAD, body({ iss: "https://login.example.com.evil.example" })),
  "no issuer": signed(HEAD, body({ iss: undefined })),
  "issuers in an array": signed(HEAD, body({ iss: [ISSUED.iss] })),
  "another audience": signed(HEAD, body({ aud: "muster-admin" })),
  "no audience": signed(HEAD, body({ aud: undefined })),
  "other audiences": signed(HEAD, body({ aud: ["a", "b"] })),
  garbage: "a.b.c",
  "5 KB": signed(HEAD, body({ name: "x".repeat(5_000) })),
  "1 MB": signed(HEAD, body({ name: "x".repeat(1_000_000) })),
});

async function present(target: Target, name: string, token: string, lane: number): Promise<void> {
  const url = target.urls[lane % target.urls.length] ?? target.urls[0];
  const judge = (entrance: string, accepted: boolean, answer: string) => {
    target.note(accepted ? "accepted" : answer);
    target.expect(!accepted, `a token (${name}) was accepted at ${entrance}`);
  };
  const bearer = { authorization: `Bearer ${token}` };
  for (const [entrance, path, headers] of [
    ["/ws?token=", `/ws?token=${token}`, {}],
    ["/ws/game with a header", "/ws/game", bearer],
  ] as const) {
    const socket = openSocket(url, path, headers);
    const first = await within(socket.first);
    const accepted = typeof first === "string" && first !== "late" && !first.includes('"type":"error"');
    const status = await within(socket.status, 100);
    judge(entrance, accepted, status === 101 ? "4401" : String(status));
    socket.ws.terminate();
  }
  const answer = await connectAnswer(url, "/game", { token });
  judge(
    "CONNECT of /game",
    answer.startsWith("0"),
    /"(\w+)"/.exec(answer.slice(answer.indexOf("{")))?.[1] ? "refused" : "cut",
  );
  // Outside production everybody may read statistics: it is a delivery that needs a caller.
  const status = await statusOf(`${url}/api/websocket`, {
    method: "POST",
    headers: { ...bearer, "content-type": "application/json" },
    body: JSON.stringify({ user_id: "ann", message_type: "hello", data: {} }),
  });
  judge("the HTTP API", status === 200, String(status));
}

export const forgedTokens = abuseRow({
  id: "20",
  title: "forged tokens on every entrance",
  tried: `${Object.keys(forgeries()).length} kinds of token over plain WebSocket, Socket.IO and HTTP, again and again`,
  mustHold: "one answer for all, accepted 0",
  issuer: () =>
    Promise.resolve({
      env: { JWT_ISSUER: ISSUED.iss, JWT_AUDIENCE: ISSUED.aud },
      token: (user, { roles, guildId } = {}) =>
        signed(
          HEAD,
          body({ sub: user, roles: roles ?? [], ...(guildId === undefined ? {} : { guild_id: guildId }) }),
        ),
      close: () => Promise.resolve(),
    }),
  attack: (target) =>
    lanes(4, target, async (lane, turn) => {
      const all = Object.entries(forgeries());
      // Each lane has its share; the first turn shows every kind once.
      for (const [at, [name, token]] of all.entries())
        if (at % 4 === lane && (turn === 0 || target.goesOn()))
          await present(target, name, token, lane + turn);
    }),
});

const OWN = "https://play.example.com";
const FOREIGN = [
  "null",
  "https://evil.example",
  `${OWN}.evil.example`,
  `${OWN}:444`,
  "http://play.example.com",
  "https://xplay.example.com",
  "https://play.example.com@evil.example",
  "https://play.example.co",
  `${OWN}/`,
  `${OWN} https://evil.example`,
  "file://",
];

export const foreignOrigins = abuseRow({
  id: "23",
  title: "foreign and look-alike origins",
  tried: `${FOREIGN.length} origins over plain WebSocket, Socket.IO's WebSocket, polling and POST`,
  mustHold: "403 before the upgrade, accepted 0",
  env: { CORS_ORIGINS: OWN },
  async attack(target) {
    await lanes(4, target, async (lane) => {
      const url = target.urls[lane % target.urls.length] ?? target.urls[0];
      for (const origin of FOREIGN) {
        for (const path of ["/ws", "/ws/game", "/ws/room-1", "/socket.io/?EIO=4&transport=websocket"]) {
          const socket = openSocket(url, path, { origin });
          const status = await within(socket.status);
          target.note(String(status));
          target.expect(status === 403, `an upgrade of ${path} from ${origin} was answered ${status}`);
          socket.ws.terminate();
        }
        const polling = `${url}/socket.io/?EIO=4&transport=polling`;
        for (const method of ["GET", "POST"]) {
          const status = await statusOf(polling, { method, headers: { origin } });
          target.note(String(status));
          target.expect(status === 403, `${method} of polling from ${origin} was answered ${status}`);
        }
      }
    });
    const own = openSocket(target.urls[0], "/ws/game", { origin: OWN });
    target.expect((await within(own.status)) === 101, "the origin that is listed is not let in");
    own.ws.terminate();
  },
});

export const foreignDeliveries = abuseRow({
  id: "24",
  title: "deliveries by HTTP that nobody may ask for",
  tried: "no key, a wrong one, a player's, 10,000 ids, internal rooms and events",
  mustHold: "401, 403, 413 or 422, accepted 0",
  async attack(target) {
    const service = `Bearer ${target.token("service", { roles: ["service"] })}`;
    const say = { message_type: "announcement", data: { message: "hello" } };
    const ids = Array.from({ length: 10_000 }, (_, at) => `user-${at}`);
    const cases: readonly (readonly [string, string | undefined, object, readonly number[]])[] = [
      ["no key", undefined, { user_id: "ann", ...say }, [401]],
      ["a wrong key", "Bearer nonsense", { user_id: "ann", ...say }, [401]],
      ["a player's token", `Bearer ${target.token("ann")}`, { user_id: "ann", ...say }, [403]],
      ["another scheme", "Basic YWRtaW46YWRtaW4=", { user_id: "ann", ...say }, [401]],
      ["10,000 ids", service, { user_ids: ids, ...say }, [400, 413, 422]],
      ["an internal room", service, { room: "user:ann", namespace: "/chat", ...say }, [404, 422]],
      ["an event of the server's", service, { user_id: "ann", ...say, message_type: "ack" }, [422]],
      ["Socket.IO's own event", service, { user_id: "ann", ...say, message_type: "disconnect" }, [422]],
      ["no such namespace", service, { namespace: "/nothing", ...say }, [400, 404, 422]],
      ["nobody", service, say, [400, 422]],
    ];
    await lanes(2, target, async (lane) => {
      const url = target.urls[lane % target.urls.length] ?? target.urls[0];
      for (const [name, authorization, message, expected] of cases) {
        const status = await statusOf(`${url}/api/websocket`, {
          method: "POST",
          headers: { "content-type": "application/json", ...(authorization ? { authorization } : {}) },
          body: JSON.stringify(message),
        });
        target.note(String(status));
        target.expect(expected.includes(status), `${name} was answered ${status}`);
      }
    });
  },
});
