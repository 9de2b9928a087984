/** Rows 21 and 22: what becomes of connections when their token ends, is revoked or loses a role, and when the issuer's keys change. */
import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import jwt from "jsonwebtoken";
import { RawEngine } from "../../test/support/raw-engine.ts";
import { SECRET } from "../stage.ts";
import { openSocket, within } from "./clients.ts";
import { enter, type Player } from "./player.ts";
import { abuseRow } from "./row.ts";
import type { Claims, Issuer, Target } from "./target.ts";

/** In which an end must have been acted on. */
const ACTED_ON_MS = 1_000;
const ASK_EVERY_MS = 50;
const PATHS = ["/ws", "/ws/game", "/ws/chat", "/ws/combat", "/ws/world", "/ws/matchmaking"];
const NAMESPACES = ["/", "/game", "/chat", "/combat", "/world", "/matchmaking"];

/** A token that ends, which the rows' own maker of tokens does not make. */
function ending(user: string, atS: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, iat: atS - 60, exp: atS })}`;
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

/** All connections of one user: each path of plain WebSocket, and each namespace over one transport of Socket.IO, on every worker. */
interface Connected {
  readonly players: readonly Player[];
  readonly engines: readonly RawEngine[];
}

async function connectAll(target: Target, token: string): Promise<Connected> {
  const players = await Promise.all(
    PATHS.map((path, at) => enter(target.urls[at % target.urls.length] ?? target.urls[0], path, token)),
  );
  const engines: RawEngine[] = [];
  for (const url of target.urls) {
    const engine = await RawEngine.open(url);
    for (const namespace of NAMESPACES) {
      const answer = await engine.connect(namespace, { token });
      target.expect(answer.startsWith("0"), `${namespace} does not let in a good token: ${answer}`);
    }
    engines.push(engine);
  }
  return { players, engines };
}

/** Asks on every connection until all of them have ended. @returns how many were served after it was too late */
async function askUntilEnded(
  target: Target,
  { players, engines }: Connected,
  tooLateAt: number,
): Promise<number> {
  let late = 0;
  const asking = [
    ...players.map(async (player) => {
      while (player.ws.readyState === player.ws.OPEN) {
        const sentAt = performance.now();
        const answer = await player.call("ping");
        if (answer !== "late" && answer.ok && sentAt > tooLateAt) late++;
        await delay(ASK_EVERY_MS);
        if (sentAt > tooLateAt + 2 * ACTED_ON_MS) break;
      }
      target.expect(player.ws.readyState !== player.ws.OPEN, "a plain connection has not ended");
    }),
    ...engines.map(async (engine) => {
      // Each namespace is left with an error, and the transport stays or goes.
      for (const namespace of NAMESPACES) {
        const head = namespace === "/" ? "1" : `1${namespace},`;
        const ended = await within(
          Promise.race([engine.next((text) => text === head).catch(() => "closed"), engine.closed]),
          Math.max(1, tooLateAt - performance.now()) + 2 * ACTED_ON_MS,
        );
        if (performance.now() > tooLateAt) late++;
        target.expect(ended !== "late", `${namespace} over Socket.IO has not ended`);
      }
    }),
  ];
  await Promise.all(asking);
  return late;
}

async function revoke(target: Target, user: string): Promise<void> {
  const response = await fetch(`${target.urls[0]}/api/tokens/revoke`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${target.token("service", { roles: ["service"] })}`,
    },
    body: JSON.stringify({ user_id: user }),
  });
  target.expect(response.status === 200, `the revocation was answered ${response.status}`);
  await response.arrayBuffer();
}

/** Staff's commands, of each namespace that has one. */
const STAFFS: readonly (readonly [string, string, object])[] = [
  ["/ws/game", "announcement", { message: "hello" }],
  ["/ws/world", "world_event", { event: "hello" }],
  ["/ws/chat", "purge", { user_id: "nobody" }],
  ["/ws/matchmaking", "skill_set", { user_id: "ann", game_mode: "classic", skill: 1 }],
];

/** The commands that follow a loss of roles at once, on the same connection, are refused. */
async function loseRoles(target: Target, user: string): Promise<number> {
  let late = 0;
  for (const [path, type, payload] of STAFFS) {
    const player = await enter(target.urls[0], path, target.token(user, { roles: ["service", "moderator"] }));
    const before = await player.call(type, payload);
    target.expect(before !== "late" && before.error?.code !== "forbidden", `${type} is not a service's`);
    const answers = await Promise.all([
      player.call("refresh_token", { token: target.token(user) }),
      player.call(type, payload),
      player.call(type, payload),
    ]);
    const [refreshed, ...after] = answers;
    target.expect(
      refreshed !== "late" && refreshed?.ok === true,
      `the token was not taken: ${JSON.stringify(refreshed)}`,
    );
    for (const answer of after) {
      if (answer === "late" || answer.error?.code !== "forbidden") late++;
      target.note(answer === "late" ? "late" : (answer.error?.code ?? "served"));
    }
    player.ws.terminate();
  }
  return late;
}

let users = 0;

export const endedTokens = abuseRow({
  id: "21",
  title: "expiry, revocation and a lost role while connected",
  tried: "users on six paths of plain WebSocket and six namespaces of Socket.IO, who go on asking",
  mustHold: "acted on within a second, late actions 0",
  async attack(target) {
    let late = 0;
    do {
      // No user twice: who was revoked stays so.
      const user = `ended-${++users}`;
      const connected = await connectAll(target, target.token(user));
      await revoke(target, user);
      late += await askUntilEnded(target, connected, performance.now() + ACTED_ON_MS);
      target.note("revoked");
      for (const { ws } of [...connected.players, ...connected.engines]) ws.terminate();

      const endsAtS = Math.ceil(Date.now() / 1_000) + 2;
      const soon = await connectAll(target, ending(`${user}-soon`, endsAtS));
      late += await askUntilEnded(
        target,
        soon,
        performance.now() + endsAtS * 1_000 - Date.now() + ACTED_ON_MS,
      );
      target.note("expired");
      for (const { ws } of [...soon.players, ...soon.engines]) ws.terminate();

      late += await loseRoles(target, `${user}-staff`);
    } while (target.goesOn());
    target.note("late actions", late);
    target.expect(late === 0, `${late} commands were served too late, or connections ended too late`);
  },
});

/** Keys of an issuer that changes them, and how often they were asked for. */
function startIssuer() {
  const pairs = new Map<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>();
  let published: string[] = [];
  let fetches = 0;
  let signsWith = "";
  const server = createServer((_request, response) => {
    fetches++;
    const keys = published.map((kid) => ({
      ...pairs.get(kid)?.publicKey.export({ format: "jwk" }),
      kid,
      alg: "RS256",
      use: "sig",
    }));
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));
  });
  const token = (user: string, { roles, guildId }: Claims = {}, kid = signsWith): string =>
    jwt.sign(
      { ...(roles === undefined ? {} : { roles }), ...(guildId === undefined ? {} : { guild_id: guildId }) },
      pairs.get(signsWith)?.privateKey ?? "",
      { algorithm: "RS256", keyid: kid, subject: user, expiresIn: 3_600 },
    );
  return {
    token,
    get fetches() {
      return fetches;
    },
    /** From now on tokens are signed with this key; those that are published are good. */
    publish(kid: string, all: string[]): void {
      if (!pairs.has(kid)) pairs.set(kid, generateKeyPairSync("rsa", { modulusLength: 2_048 }));
      published = all;
      signsWith = kid;
    },
    async open(): Promise<Issuer> {
      this.publish("one", ["one"]);
      fetches = 0;
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      return {
        env: { JWT_SECRET: undefined, JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks` },
        token: (user, claims) => token(user, claims),
        async close() {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        },
      };
    },
  };
}

/** Seconds in which a worker asks the issuer once. */
const FETCH_EVERY_S = 30;
let issuer = startIssuer();

export const changedKeys = abuseRow({
  id: "22",
  title: "rotation of keys under a flood of unknown ones",
  tried: "tokens with keys that nobody knows, as fast as they are refused, while the issuer takes a new key",
  mustHold: `who is in stays in, the new key is good within ${FETCH_EVERY_S} s, one fetch per worker and ${FETCH_EVERY_S} s`,
  times: 1,
  issuer: () => {
    issuer = startIssuer();
    return issuer.open();
  },
  async attack(target) {
    const startedAt = performance.now();
    const before = issuer.fetches;
    const inside = await Promise.all(
      PATHS.map((path, at) =>
        enter(target.urls[at % target.urls.length] ?? target.urls[0], path, target.token("ann")),
      ),
    );
    let floods = true;
    const flooding = Array.from({ length: 4 }, async (_, lane) => {
      for (let turn = 0; floods; turn++) {
        const url = target.urls[lane % target.urls.length] ?? target.urls[0];
        const socket = openSocket(url, `/ws?token=${issuer.token("mallory", {}, `kid-${lane}-${turn}`)}`);
        const first = await within(socket.first);
        target.expect(
          typeof first !== "string" || first.includes('"type":"error"') || first === "late",
          "an unknown key was taken",
        );
        target.note("unknown key, refused");
        socket.ws.terminate();
      }
    });
    issuer.publish("two", ["one", "two"]);
    const newIsGood = async () => {
      for (;;) {
        const one = openSocket(target.urls[0], `/ws/game?token=${target.token("bob")}`);
        const first = await within(one.first);
        one.ws.terminate();
        if (typeof first === "string" && first !== "late" && !first.includes('"type":"error"')) return;
        await delay(200);
      }
    };
    const limitMs = (FETCH_EVERY_S + 2) * 1_000;
    const took = await within(
      newIsGood().then(() => performance.now() - startedAt),
      target.quick ? 1 : limitMs,
    );
    if (!target.quick) {
      target.expect(took !== "late", "the new key is not taken");
      target.note("new key good after s", took === "late" ? limitMs / 1_000 : Math.round(took / 1_000));
    }
    while (target.goesOn()) await delay(ASK_EVERY_MS);
    floods = false;
    await Promise.all(flooding);
    const answers = await Promise.all(inside.map((player) => player.call("ping")));
    const dropped = answers.filter((answer) => answer === "late" || !answer.ok).length;
    target.note("dropped", dropped);
    target.expect(dropped === 0, `${dropped} of ${inside.length} who were in are not any more`);
    const fetches = issuer.fetches - before;
    const most = target.workers * (Math.ceil((performance.now() - startedAt) / 1_000 / FETCH_EVERY_S) + 1);
    target.note("fetches", fetches);
    target.expect(fetches <= most, `${fetches} fetches, more than ${most}`);
    for (const { ws } of inside) ws.terminate();
  },
});
