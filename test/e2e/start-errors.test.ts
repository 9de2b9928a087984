/** What keeps a server from starting is one line for its operator and an exit code, never a stack. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "../../server/store/embedded-file.ts";
import { createKeyspace } from "../../server/store/redis/keys.ts";
import { startRedis } from "../support/redis.ts";
import { ask } from "../support/redis-groups.ts";
import { type ServerFolder, serverFolder } from "../support/server-process.ts";
import { SECRET } from "./venues.ts";

const NEWER = JSON.stringify({ format: 99, version: "9.9.9" });
const env = { AUTH_MODE: "jwt", JWT_SECRET: SECRET };

interface Mistake {
  readonly line: RegExp;
  readonly code?: number;
  settings(folder: string): Promise<Record<string, string>> | Record<string, string>;
}

/** A path below a file: no user can make a folder there. */
async function belowFile(folder: string): Promise<string> {
  await writeFile(join(folder, "file"), "");
  return join(folder, "file", "data");
}

const mistakes: Readonly<Record<string, Mistake>> = {
  "a DATA_DIR that cannot be made": {
    settings: async (folder) => ({ DATA_DIR: await belowFile(folder) }),
    line: /^muster: DATA_DIR .*data cannot be written \(ENOTDIR\): .*choose another DATA_DIR\.$/,
  },
  "a DATA_DIR where the system makes no folders": {
    settings: () => ({ DATA_DIR: "/proc/muster/data" }),
    line: /^muster: DATA_DIR \/proc\/muster\/data cannot be written \(ENOENT\): /,
  },
  "a DATA_DIR that is a file": {
    settings: async (folder) => ({ DATA_DIR: join(await belowFile(folder), "..") }),
    line: /^muster: DATA_DIR .*file cannot be written \(EEXIST\): /,
  },
  "a store that is damaged": {
    async settings(folder) {
      const dataDir = join(folder, "damaged");
      await mkdir(dataDir);
      for (const name of ["data.mdb", "muster.mdb"])
        await writeFile(join(dataDir, name), "x".repeat(100_000));
      return { DATA_DIR: dataDir };
    },
    line: /^muster: the store in DATA_DIR .*damaged cannot be opened \(.*\): restore it from a backup/,
  },
  "a store of a newer server": {
    async settings(folder) {
      const dataDir = join(folder, "newer");
      await mkdir(dataDir);
      const db = openDatabase(dataDir);
      await db.put("f", NEWER);
      await db.close();
      return { DATA_DIR: dataDir };
    },
    line: /^muster: the store in DATA_DIR .*newer has format 99, of muster 9\.9\.9, and this is muster [\d.]+, which reads formats up to \d+: start the newer version, or restore a backup that was made before the upgrade\.$/,
  },
  "a TMPDIR that cannot be written": {
    settings: async (folder) => ({ TMPDIR: await belowFile(folder) }),
    line: /^muster: .* cannot be made \(ENOTDIR\): set TMPDIR to a folder that can be written$/,
  },
  "a TMPDIR with a long path": {
    async settings(folder) {
      const long = join(folder, "x".repeat(90));
      await mkdir(long);
      return { TMPDIR: long };
    },
    line: /^muster: .* is too long a path for the workers' sockets: set TMPDIR to a shorter one$/,
  },
  "a host that is none of this machine's": {
    settings: () => ({ WEBSOCKET_HOST: "192.0.2.1" }),
    line: /^muster: WEBSOCKET_HOST 192\.0\.2\.1 is no address of this machine/,
  },
  "a certificate that is none": {
    settings: (folder) => ({
      TLS_CERT_FILE: join(folder, "config.yaml"),
      TLS_KEY_FILE: join(folder, "config.yaml"),
    }),
    line: /^muster: TLS_CERT_FILE .* and TLS_KEY_FILE .* are no certificate and its key in PEM form/,
  },
  "a CONFIG_FILE that is not there": {
    settings: (folder) => ({ CONFIG_FILE: join(folder, "none.yaml") }),
    line: /^the configuration has mistakes:\n {2}CONFIG_FILE: .*none\.yaml cannot be read \(ENOENT\)$/,
    code: 78,
  },
};

describe("a server that cannot start says why in one line", () => {
  let server: ServerFolder;

  before(async function () {
    this.timeout(120_000);
    await (await serverFolder()).close();
  });
  beforeEach(async () => {
    server = await serverFolder();
  });
  afterEach(() => server.close());

  async function assertRefused(settings: Record<string, string>, line: RegExp, code = 1): Promise<void> {
    const ended = await server.start({ ...env, ...settings }).ended;
    assert.match(ended.stderr.trim(), line);
    assert.equal(ended.code, code);
    assert.equal(ended.stdout, "", "the line says all that helps");
  }

  for (const [what, { settings, line, code }] of Object.entries(mistakes))
    it(`for ${what}`, async () => assertRefused(await settings(server.folder), line, code));

  it("for a Redis that does not take the password, or has no such database", async () => {
    const redis = await startRedis();
    const { port } = redis;
    try {
      await assertRefused(
        { REDIS_URL: `${redis.url}/99` },
        /^muster: Redis is not available: ERR DB index is out of range: correct REDIS_URL, or REDIS_PASSWORD$/,
      );
      await redis.command("CONFIG", "SET", "requirepass", "right");
      await assertRefused(
        { REDIS_URL: `redis://:wrong-one@127.0.0.1:${port}` },
        /^muster: Redis is not available: WRONGPASS .*: correct REDIS_URL, or REDIS_PASSWORD$/,
      );
      await assertRefused(
        { REDIS_URL: redis.url },
        /^muster: Redis is not available: NOAUTH .*: correct REDIS_URL, or REDIS_PASSWORD$/,
      );
    } finally {
      await redis.close();
    }
  });

  it("or later, where Redis was away at the start, and a newer server has written to it", async () => {
    const redis = await startRedis({ appendOnly: "always" });
    const line = /^muster: the store in Redis has format 99, of muster 9\.9\.9, and .*\.$/;
    try {
      const mark = createKeyspace("muster").shards[7]?.format ?? "";
      assert.equal(await ask(redis, "SET", mark, NEWER), "OK");
      await redis.stop();
      const running = server.start({ ...env, REDIS_URL: redis.url });
      await running.listening;
      await redis.restart();
      const { code, stderr } = await running.ended;
      assert.match(stderr.trim(), line);
      assert.equal(code, 1);
      assert.equal(await ask(redis, "DBSIZE"), 1, "nothing was written");
    } finally {
      await redis.close();
    }
  });

  it("but starts without Redis while it is away, says so, and shows no stack", async () => {
    const redis = await startRedis();
    await redis.close();
    const running = server.start({ ...env, REDIS_URL: redis.url });
    await running.listening;
    running.kill("SIGTERM");
    running.kill("SIGTERM");
    const { stdout } = await running.ended;
    assert.match(stdout, /"started without Redis"/);
    assert.match(stdout, /Redis is not available: connect ECONNREFUSED/);
    assert.doesNotMatch(stdout, /\\n\s+at /);
  });
});
