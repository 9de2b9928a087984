import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import {
  type Config,
  ConfigError,
  loadConfig,
  parseDuration,
  toSettings,
} from "../../server/config/index.ts";
import { SETTING_PATHS, settingAt } from "../../server/config/tree.ts";

const SECRET = "k7Qp2vX9tLw4Zr8sNb3Yd6Hf1Jm5Gc0A-uEo";
const PRODUCTION = { NODE_ENV: "production", JWT_SECRET: SECRET };

describe("configuration", () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), "muster-config-"));
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const load = (env: Record<string, string>, yaml?: string): Config => {
    if (yaml !== undefined) writeFileSync(join(cwd, "config.yaml"), yaml);
    return loadConfig({ env, cwd }).config;
  };
  const warningsOf = (env: Record<string, string>) => loadConfig({ env, cwd }).warnings;
  const problemsOf = (env: Record<string, string>, yaml?: string): readonly string[] => {
    try {
      load(env, yaml);
    } catch (thrown) {
      assert.ok(thrown instanceof ConfigError, String(thrown));
      return thrown.problems;
    }
    assert.fail("no mistake was found");
  };
  const fileOf = (name: string, content: string | Buffer) => {
    writeFileSync(join(cwd, name), content);
    return name;
  };

  describe("without any setting", () => {
    it("is a server for development on loopback", () => {
      const config = load({});
      assert.equal(config.auth.mode, "dev");
      assert.deepEqual(config.auth.keys, { kind: "dev" });
      assert.equal(config.server.host, "127.0.0.1");
      assert.equal(config.server.port, 3000);
      assert.equal(config.log.format, "pretty");
      assert.equal(config.store.dataDir, join(cwd, "data"));
      assert.equal(config.rateLimits.global, undefined);
    });

    it("is what config.example.yaml says, so that the example holds every default", () => {
      const example = loadConfig({ env: { CONFIG_FILE: resolve("config.example.yaml") }, cwd }).config;
      assert.deepEqual(example, load({}));
    });

    it("cannot be changed afterwards, at any depth", () => {
      const config = load({
        MATCHMAKING_MODES: '{"duel":{"teams":{"count":2}}}',
        CORS_ORIGINS: "https://a.example",
      });
      const writable: string[] = [];
      const visit = (value: unknown, path: string) => {
        if (typeof value !== "object" || value === null) return;
        if (!Object.isFrozen(value)) writable.push(path);
        for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
      };
      visit(config, "config");
      assert.deepEqual(writable, []);
    });
  });

  describe("chat and presence", () => {
    it("rules by role, with bursts, from YAML and from the environment", () => {
      const { rateLimits } = load(
        { RATE_LIMITS_EVENTS: "chat_message=60/10s+5/1s,roll=off" },
        "rate_limits:\n  roles:\n    moderator: { chat_message: 300/10s }\n    service: { chat_message: off }\n  longest_refusal: 2m\n",
      );
      assert.deepEqual(rateLimits.events, {
        chat_message: { max: 60, windowMs: 10_000, burst: { max: 5, windowMs: 1_000 } },
        roll: null,
      });
      assert.deepEqual(rateLimits.roles, {
        moderator: { chat_message: { max: 300, windowMs: 10_000 } },
        service: { chat_message: null },
      });
      assert.equal(rateLimits.longestRefusalMs, 120_000);
      const json = '{"admin":{"chat_message":"9/1s"}}';
      assert.deepEqual(load({ RATE_LIMITS_ROLES: json }).rateLimits.roles, {
        admin: { chat_message: { max: 9, windowMs: 1_000 } },
      });
    });

    it("refuses roles that are none, bursts of bursts, and bursts where none is counted", () => {
      for (const yaml of [
        "rate_limits: { roles: { king: { chat_message: 5/1s } } }",
        "rate_limits: { roles: { admin: 5/1s } }",
        "rate_limits: { roles: { admin: { chat_message: lots } } }",
        "rate_limits: { events: { roll: 5/1s+2/1s+1/1s } }",
        "rate_limits: { events: { roll: { max: 5, window: 1s, burst: { max: 0, window: 1s } } } }",
        "rate_limits: { user: 5/1s+2/1s }",
      ])
        assert.equal(problemsOf({}, yaml).length, 1, yaml);
    });

    it("a filter service, what to do without it, and no secret without its address", () => {
      const { filter } = load({
        CHAT_FILTER_URL: "http://filter.example/judge",
        CHAT_FILTER_SECRET: "hush",
        CHAT_FILTER_FALLBACK: "pass",
        CHAT_FILTER_LINKS: "refuse",
      }).chat;
      assert.deepEqual(filter.service, { url: "http://filter.example/judge", secret: "hush" });
      assert.deepEqual([filter.fallback, filter.links, filter.timeoutMs], ["pass", "refuse", 1_000]);
      assert.equal(problemsOf({ CHAT_FILTER_SECRET: "hush" }).length, 1);
      assert.equal(problemsOf({ CHAT_FILTER_URL: "ftp://x" }).length, 1);
      assert.equal(load({ PRESENCE_PUSHED_USERS: "0" }).presence.pushedUsers, 0);
    });
  });

  describe("names of the seeds", () => {
    it("takes the Go relay's file as it is, and says once each that buffer sizes have no effect", () => {
      const yaml = `websocket:
  enabled: true
  host: "0.0.0.0"
  port: 8081
  timeout: "30s"
  read_buffer_size: 1024
  write_buffer_size: 1024
  max_message_size: 512000
  ping_interval: "30s"
  pong_wait: "35s"
  write_wait: "10s"
  limits:
    max_connections: 50000
    max_connections_per_room: 5000
`;
      const config = load({}, yaml);
      assert.equal(config.server.port, 8081);
      assert.equal(config.websocket.pingIntervalMs, 30_000);
      assert.equal(config.websocket.pongWaitMs, 35_000);
      assert.equal(config.websocket.maxConnections, 50_000);
      assert.equal(config.websocket.maxConnectionsPerRoom, 5_000);
      assert.equal(toSettings(config).maxConnectionsPerRoom, 5_000);
      const warnings = warningsOf({});
      assert.equal(warnings.length, 2);
      assert.match(warnings[0] ?? "", /read_buffer_size/);
      assert.match(warnings[1] ?? "", /write_buffer_size/);
    });

    it("takes the text RPG's bare numbers as seconds under its names, and says that its cleanup has no effect", () => {
      const env = {
        WEBSOCKET_HEARTBEAT_INTERVAL: "30",
        WEBSOCKET_CLEANUP_INTERVAL: "60",
        WEBSOCKET_CONNECTION_TIMEOUT: "120",
      };
      const { websocket } = load(env);
      assert.equal(websocket.pingIntervalMs, 30_000);
      assert.equal(websocket.pongWaitMs, 120_000);
      assert.deepEqual(warningsOf(env), [
        "WEBSOCKET_CLEANUP_INTERVAL has no effect: dead connections are found within a second of pong_wait, without a sweep",
      ]);
    });

    it("takes DashDice's gateway and port", () => {
      const config = load({ WEBSOCKET_PORT: "8085", API_GATEWAY_URL: "http://localhost:8080" });
      assert.equal(config.server.port, 8085);
      assert.equal(config.upstream.url, "http://localhost:8080");
    });

    it("refuses two names of one setting that disagree, and takes them where they agree", () => {
      const both = { WEBSOCKET_PING_INTERVAL: "20s", WEBSOCKET_HEARTBEAT_INTERVAL: "30s" };
      assert.match(problemsOf(both)[0] ?? "", /WEBSOCKET_PING_INTERVAL and WEBSOCKET_HEARTBEAT_INTERVAL/);
      load({ ...both, WEBSOCKET_HEARTBEAT_INTERVAL: "20s" });
    });
  });

  describe("sources", () => {
    it("lets the environment win over the file, and an empty variable not", () => {
      assert.equal(load({ LOG_LEVEL: "debug" }, "log: {level: warn}").log.level, "debug");
      assert.equal(load({ LOG_LEVEL: "" }).log.level, "warn");
    });

    it("takes WEBSOCKET_PORT before PORT, and PORT before the default", () => {
      assert.equal(load({ WEBSOCKET_PORT: "8081", PORT: "5000" }).server.port, 8081);
      assert.equal(load({ PORT: "5000" }).server.port, 5000);
    });

    it("reads CONFIG_FILE, and says where it cannot", () => {
      fileOf("other.yaml", "websocket: {port: 9000}");
      assert.equal(load({ CONFIG_FILE: "other.yaml" }).server.port, 9000);
      assert.deepEqual(problemsOf({ CONFIG_FILE: "none.yaml" }), [
        "CONFIG_FILE: none.yaml cannot be read (ENOENT)",
      ]);
    });

    it("gives every setting a name in the environment that no other has", () => {
      const names = SETTING_PATHS.flatMap((path) => [...settingAt(path).about.env]);
      assert.equal(new Set(names).size, names.length);
      for (const path of SETTING_PATHS) assert.ok(settingAt(path).about.env.length > 0, path);
    });

    it("tells each unknown key with what was meant", () => {
      assert.deepEqual(
        problemsOf({}, "websocket: {prot: 1, limits: {max_conections: 5}}\nlgo: {level: info}"),
        [
          "websocket.prot in config.yaml is not a setting; did you mean websocket.port?",
          "websocket.limits.max_conections in config.yaml is not a setting; did you mean websocket.limits.max_connections?",
          "lgo in config.yaml is not a setting; did you mean log?",
        ],
      );
      assert.deepEqual(problemsOf({}, "redis_url: redis://x"), [
        "redis_url in config.yaml is not a setting; did you mean store.redis_url?",
      ]);
      assert.deepEqual(problemsOf({}, "__proto__: {polluted: true}"), [
        "__proto__ in config.yaml is not a setting",
      ]);
    });

    it("refuses unknown variables of its own prefix, and only warns of near misses of other names", () => {
      assert.deepEqual(problemsOf({ WEBSOCKET_PNG_INTERVAL: "3" }), [
        "WEBSOCKET_PNG_INTERVAL is not a setting; did you mean WEBSOCKET_PING_INTERVAL?",
      ]);
      assert.deepEqual(warningsOf({ CORS_ORIGIN: "https://a.example" }), [
        "CORS_ORIGIN is not a setting; did you mean CORS_ORIGINS?",
      ]);
      assert.deepEqual(warningsOf({ PATH: "/bin", HOME: "/root", WEBSOCKET_SERVICE_HOST: "10.0.0.1" }), []);
    });

    it("says where YAML is not YAML, or not of sections", () => {
      assert.match(problemsOf({}, "websocket: [unclosed")[0] ?? "", /^config\.yaml: .* at line 1/);
      assert.match(problemsOf({}, "websocket: {port: 1, port: 2}")[0] ?? "", /^config\.yaml: .*unique/);
      assert.deepEqual(problemsOf({}, "- a\n- b"), ["config.yaml is not a section of settings"]);
      assert.deepEqual(problemsOf({}, "websocket: 5"), [
        "websocket in config.yaml is not a section of settings",
      ]);
    });
  });

  describe("values", () => {
    for (const [variable, wrong, allowed] of [
      ["WEBSOCKET_PORT", "80x1", /a whole number from 0 to 65535/],
      ["WEBSOCKET_PORT", "65536", /a whole number/],
      ["WEBSOCKET_PORT", "-1", /a whole number/],
      ["WEBSOCKET_PORT", "1e3", /a whole number/],
      ["WEBSOCKET_ENABLED", "maybe", /true or false/],
      ["WEBSOCKET_PING_INTERVAL", "54 parsecs", /a duration from .* such as 54s, 2m or 500ms/],
      ["WEBSOCKET_WRITE_WAIT", "-5s", /a duration/],
      ["WEBSOCKET_WRITE_WAIT", "0.0001s", /a duration/],
      ["WEBSOCKET_MAX_MESSAGE_SIZE", "12", /a size from 1024/],
      ["WEBSOCKET_MAX_MESSAGE_SIZE", "1tb", /a size/],
      ["AUTH_MODE", "none", /one of dev, jwt/],
      ["LOG_LEVEL", "loud", /one of fatal, error/],
      ["LOG_FORMAT", "xml", /one of ecs, pretty/],
      ["CORS_ORIGINS", "*", /a list of origins/],
      ["CORS_ORIGINS", "https://a.example/", /a list of origins/],
      ["CORS_ORIGINS", "https://A.example", /a list of origins/],
      ["CORS_ORIGINS", "https://a.example:443", /a list of origins/],
      ["CORS_ORIGINS", "null", /a list of origins/],
      ["JWT_ALGORITHMS", "none", /a list of HS256/],
      ["JWT_ALGORITHMS", "HS256,none", /a list of HS256/],
      ["JWT_JWKS_URL", "file:///etc/passwd", /https:\/\/ or http:\/\//],
      ["API_GATEWAY_URL", "gateway", /http:\/\//],
      ["TRUST_PROXY", "33", /a number of proxies/],
      ["TRUST_PROXY", "10.0.0.0/99", /addresses and subnets/],
      ["TRUST_PROXY", "everyone", /addresses and subnets/],
      ["RATE_LIMITS_GLOBAL", "many", /off, or \{max, window\}/],
      ["RATE_LIMITS_GLOBAL", "0/1s", /max from 1/],
      ["RATE_LIMITS_GLOBAL", "5/2h", /window from 100ms to 1h/],
      ["RATE_LIMITS_EVENTS", "chat_message", /a rule for each event/],
      ["RATE_LIMITS_EVENTS", "__proto__=5/1s", /a rule for each event/],
      ["MATCHMAKING_MODES", "{duel", /objects by name/],
      ["MATCHMAKING_MODES", '{"duel":5}', /objects by name/],
      ["MATCHMAKING_MODES", '{"Bad Name":{}}', /objects by name/],
      ["GRACE_SEAT", "2d", /a duration from 0ms to 1h/],
    ] as const)
      it(`refuses ${variable}=${wrong} and says what is allowed`, () => {
        const problems = problemsOf({ [variable]: wrong });
        assert.equal(problems.length, 1, problems.join("\n"));
        assert.ok(problems[0]?.startsWith(`${variable}: ${JSON.stringify(wrong)} is not `), problems[0]);
        assert.match(problems[0] ?? "", allowed);
      });

    it("refuses YAML values of a wrong type", () => {
      assert.deepEqual(problemsOf({}, "websocket: {port: [1], enabled: 5, host: {a: 1}}").length, 3);
      assert.equal(problemsOf({}, "rate_limits: {user: {max: 5, window: 1s, burst: 2}}").length, 1);
      assert.equal(problemsOf({}, "rate_limits: {user: {max: 5.5, window: 1s}}").length, 1);
    });

    it("reads durations, sizes, rules and lists in their forms", () => {
      const config = load({
        WEBSOCKET_TIMEOUT: "1m30s",
        WEBSOCKET_MAX_MESSAGE_SIZE: "64KB",
        RATE_LIMITS_GLOBAL: "1000/1s",
        RATE_LIMITS_USER: "off",
        RATE_LIMITS_EVENTS: "chat_message=60/10s,room:create=off",
        TRUST_PROXY: "10.0.0.0/8, loopback",
        CORS_ORIGINS: "https://a.example, http://localhost:8080",
      });
      assert.equal(config.websocket.timeoutMs, 90_000);
      assert.equal(config.websocket.maxMessageBytes, 65_536);
      assert.deepEqual(config.rateLimits.global, { max: 1000, windowMs: 1000 });
      assert.equal(config.rateLimits.user, undefined);
      assert.deepEqual(config.rateLimits.events, {
        chat_message: { max: 60, windowMs: 10_000 },
        "room:create": null,
      });
      assert.deepEqual(config.server.trustProxy, ["10.0.0.0/8", "loopback"]);
      assert.deepEqual(config.cors.origins, ["https://a.example", "http://localhost:8080"]);
      assert.equal(load({ TRUST_PROXY: "true" }).server.trustProxy, 1);
      assert.equal(load({ TRUST_PROXY: "2" }).server.trustProxy, 2);
    });

    it("takes a duration of any unit, and nothing else for one", () => {
      fc.assert(
        fc.property(fc.nat(10_000), fc.constantFrom("ms", "s", "m", "h", "d"), (amount, unit) => {
          const length = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 }[unit] ?? Number.NaN;
          assert.equal(parseDuration(`${amount}${unit}`), amount * length);
          assert.equal(parseDuration(String(amount)), amount * 1000);
          assert.equal(parseDuration(`${amount}${unit}x`), undefined);
        }),
      );
    });

    it("tells all mistakes at once", () => {
      const problems = problemsOf(
        {
          WEBSOCKET_PORT: "80x1",
          LOG_LEVEL: "loud",
          NODE_ENV: "production",
          AUTH_MODE: "dev",
          TLS_CERT_FILE: "no.pem",
        },
        "websocket: {ping_interval: never}\nfoo: 1",
      );
      for (const name of [
        "WEBSOCKET_PORT",
        "LOG_LEVEL",
        "AUTH_MODE",
        "TLS_CERT_FILE",
        "TLS_KEY_FILE",
        "foo",
        "websocket.ping_interval",
      ])
        assert.ok(
          problems.some((line) => line.startsWith(name)),
          `${name} in\n${problems.join("\n")}`,
        );
      for (const line of problems) assert.doesNotMatch(line, /\n/);
    });
  });

  describe("rules between settings", () => {
    it("AUTH_MODE is dev, unless a key or production makes it jwt, and an explicit one wins", () => {
      assert.equal(load({}).auth.mode, "dev");
      assert.equal(load({ JWT_SECRET: SECRET }).auth.mode, "jwt");
      assert.equal(load(PRODUCTION).auth.mode, "jwt");
      assert.equal(load({ JWT_SECRET: SECRET, AUTH_MODE: "dev" }).auth.mode, "dev");
      assert.equal(load(PRODUCTION).server.host, "0.0.0.0");
    });

    it("production with AUTH_MODE=dev does not start", () => {
      const [problem] = problemsOf({ ...PRODUCTION, AUTH_MODE: "dev" });
      assert.match(problem ?? "", /^AUTH_MODE: dev .* not for production/);
    });

    it("jwt without a key names the variables that are missing", () => {
      for (const env of [{ NODE_ENV: "production" }, { AUTH_MODE: "jwt" }])
        assert.deepEqual(problemsOf(env), [
          "JWT_SECRET, JWT_SECRET_FILE, JWT_PUBLIC_KEY_FILE or JWT_JWKS_URL: one of them is needed to verify tokens",
        ]);
    });

    for (const weak of [
      "secret",
      "changeme",
      "dev",
      "short-4xQ9",
      "your-super-secret-jwt-key-change-me-in-production",
      "abababababababababababababababababab",
      "0123456789012345678901234567890123456789",
    ])
      it(`production refuses the secret ${weak}, without repeating it`, () => {
        const problems = problemsOf({ NODE_ENV: "production", JWT_SECRET: weak });
        assert.equal(problems.length, 1);
        assert.match(problems[0] ?? "", /^JWT_SECRET: the secret (is one that anybody|has \d+ bytes)/);
        assert.ok(!problems[0]?.includes(weak) || weak === "secret", problems[0]);
      });

    it("a long hostile secret is judged at once", () => {
      const startedAt = performance.now();
      problemsOf({
        NODE_ENV: "production",
        JWT_SECRET: "test",
        API_KEY: `${"changeme1testing".repeat(250)}!é`,
      });
      assert.ok(performance.now() - startedAt < 500);
    });

    it("a weak secret outside production is said, and taken", () => {
      const warnings = warningsOf({ JWT_SECRET: "changeme" });
      assert.match(warnings.join(), /JWT_SECRET/);
      assert.doesNotMatch(warnings.join(), /changeme/);
    });

    it("a secret, a password or an address with one is never shown", () => {
      const problems = problemsOf({
        JWT_SECRET: "line\nbreak-Zx81",
        REDIS_URL: "http://user:Zx81@host",
        ADMIN_PASSWORD: "Zx81\u0007",
        API_KEY: "Zx81\u0000",
      });
      assert.equal(problems.filter((line) => line.includes("(not shown)")).length, 4);
      assert.doesNotMatch(problems.join("\n"), /Zx81/);
    });

    it("pong_wait must be longer than ping_interval, whichever was given", () => {
      assert.deepEqual(problemsOf({ WEBSOCKET_PONG_WAIT: "30s" }), [
        "WEBSOCKET_PONG_WAIT (30s) must be longer than WEBSOCKET_PING_INTERVAL (54s)",
      ]);
      assert.equal(problemsOf({ WEBSOCKET_PING_INTERVAL: "60s" }).length, 1);
    });

    it("only one source of keys", () => {
      const [problem] = problemsOf({ JWT_SECRET: SECRET, JWT_JWKS_URL: "https://login.example/jwks" });
      assert.match(problem ?? "", /^JWT_SECRET, JWT_JWKS_URL: only one/);
    });

    it("reads a secret from a file, and says what is wrong with one", () => {
      fileOf("jwt.key", `${SECRET}\n`);
      assert.deepEqual(load({ JWT_SECRET_FILE: "jwt.key" }).auth.keys, { kind: "secret", secret: SECRET });
      assert.match(
        problemsOf({ JWT_SECRET_FILE: "none.key" })[0] ?? "",
        /^JWT_SECRET_FILE: .*none\.key cannot be read \(ENOENT\)/,
      );
      fileOf("empty.key", "\n");
      assert.match(problemsOf({ JWT_SECRET_FILE: "empty.key" })[0] ?? "", /is empty/);
    });

    it("pins the algorithm by the kind of the public key", () => {
      const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const pem = (key: typeof rsa.publicKey) => key.export({ type: "spki", format: "pem" });
      fileOf("rsa.pem", pem(rsa.publicKey));
      fileOf("ec.pem", pem(ec.publicKey));
      assert.deepEqual(load({ JWT_PUBLIC_KEY_FILE: "rsa.pem" }).auth.algorithms, ["RS256"]);
      assert.deepEqual(load({ JWT_PUBLIC_KEY_FILE: "ec.pem" }).auth.algorithms, ["ES256"]);
      assert.deepEqual(
        load({ JWT_PUBLIC_KEY_FILE: "rsa.pem", JWT_ALGORITHMS: "PS256,RS512" }).auth.algorithms,
        ["PS256", "RS512"],
      );
      assert.match(
        problemsOf({ JWT_PUBLIC_KEY_FILE: "rsa.pem", JWT_ALGORITHMS: "HS256" })[0] ?? "",
        /HS256 cannot be used/,
      );
      assert.match(
        problemsOf({ JWT_JWKS_URL: "https://login.example/jwks", JWT_ALGORITHMS: "HS256" })[0] ?? "",
        /HS256 cannot be used/,
      );
      assert.match(
        problemsOf({ JWT_SECRET: SECRET, JWT_ALGORITHMS: "RS256" })[0] ?? "",
        /RS256 cannot be used/,
      );
    });

    it("refuses files that hold no public key, a private one, or one too weak", () => {
      const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
      const edwards = generateKeyPairSync("ed25519");
      fileOf("text.pem", "hello");
      fileOf("private.pem", weak.privateKey.export({ type: "pkcs8", format: "pem" }));
      fileOf("weak.pem", weak.publicKey.export({ type: "spki", format: "pem" }));
      fileOf("edwards.pem", edwards.publicKey.export({ type: "spki", format: "pem" }));
      for (const [file, reason] of [
        ["text.pem", /no public key/],
        ["private.pem", /private key/],
        ["weak.pem", /cannot verify tokens/],
        ["edwards.pem", /cannot verify tokens/],
      ] as const)
        assert.match(problemsOf({ JWT_PUBLIC_KEY_FILE: file })[0] ?? "", reason);
    });

    it("the dashboard needs a user and a good password in production", () => {
      assert.equal(load(PRODUCTION).admin.enabled, false);
      assert.match(
        problemsOf({ ...PRODUCTION, ADMIN_ENABLED: "true" })[0] ?? "",
        /ADMIN_USERNAME and ADMIN_PASSWORD/,
      );
      assert.match(
        problemsOf({ ...PRODUCTION, ADMIN_USERNAME: "admin" })[0] ?? "",
        /^ADMIN_PASSWORD is missing/,
      );
      assert.match(
        problemsOf({ ...PRODUCTION, ADMIN_USERNAME: "admin", ADMIN_PASSWORD: "admin" })[0] ?? "",
        /^ADMIN_PASSWORD: .*guessed/,
      );
      const { admin } = load({ ...PRODUCTION, ADMIN_USERNAME: "ops", ADMIN_PASSWORD: "v9!Kq2#mZ7pLw" });
      assert.deepEqual(admin, {
        enabled: true,
        username: "ops",
        password: "v9!Kq2#mZ7pLw",
        mode: "production",
        readOnly: true,
      });
    });

    it("production refuses a short API key and keys fetched without TLS", () => {
      assert.match(problemsOf({ ...PRODUCTION, API_KEY: "abc" })[0] ?? "", /^API_KEY: .*guessed/);
      assert.match(
        problemsOf({ NODE_ENV: "production", JWT_JWKS_URL: "http://login.example/jwks" })[0] ?? "",
        /^JWT_JWKS_URL: .*https/,
      );
    });
  });
});
