/** The clients of `clients/`, each in its own language's runtime against a server: one scenario, which each plays from its program. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { endSeeds, endWithTest, linesOf, objectIn } from "../seeds/support.ts";
import { startEmbedded } from "../support/app.ts";
import { startLink } from "../support/link.ts";

const root = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

interface Engine {
  readonly name: string;
  /** What must be there, with the package that brings it. */
  readonly needs: Readonly<Record<string, string>>;
  /** Builds in a folder. @returns what runs the program, with its first arguments */
  build(folder: string): Promise<readonly [string, ...string[]]>;
}

/** A busy machine is no reason to turn clients away: how they take that is not told here. */
const NEVER_LATE = { app: { eventLoopDelayMs: () => 0 } };

const clients = (folder: string, ending: string) =>
  readdirSync(path.join(root, "clients", folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(root, "clients", folder, name));
const program = (name: string) => path.join(import.meta.dirname, "programs", name);

/** Godot 4's words in those of Godot 3. @param isShim it has Godot 3's own already */
function inGodot3(script: string, isShim = false): string {
  if (isShim) return script;
  const socket = script.includes("WebSocketPeer")
    ? '\nconst Socket4 = preload("web_socket_peer.gd")\n'
    : "\n";
  return script
    .replace("extends RefCounted", "extends Reference")
    .replace(/^(extends \w+)\n/m, `$1${socket}`)
    .replaceAll("WebSocketPeer", "Socket4")
    .replaceAll("Time.get_ticks_msec", "OS.get_ticks_msec")
    .replaceAll("JSON.stringify(", "to_json(")
    .replaceAll("JSON.parse_string(", "parse_json(")
    .replaceAll(".uri_encode()", ".percent_encode()")
    .replaceAll(": Callable", "")
    .replaceAll("[1].call(", "[1].call_func(")
    .replace(/\.on\((.+), (\w+)\)$/gm, '.on($1, funcref(self, "$2"))')
    .replace(/^(.*= )await (.+)\.done$/gm, '$1yield($2, "done")')
    .replace(/^(\t*)await (.+)\.done$/gm, '$1yield($2, "done")')
    .replace(/(\w+)\.(\w+)\.connect\((\w+)\.bind\(ns\)\)/g, '$1.connect("$2", self, "$3", [ns])')
    .replace(/(\w+)\.(\w+)\.connect\((\w+)\)/g, '$1.connect("$2", self, "$3")');
}

const ENGINES: readonly Engine[] = [
  {
    name: "C#",
    needs: { "/usr/bin/mcs": "mono-mcs", "/usr/bin/mono": "mono-runtime" },
    async build(folder) {
      const made = path.join(folder, "player.exe");
      // Warnings are failures: Unity shows them to everybody who takes the files.
      const words = [
        "-langversion:7",
        "-warnaserror",
        `-out:${made}`,
        ...clients("csharp", ".cs"),
        program("player.cs"),
      ];
      await run("/usr/bin/mcs", words, { timeout: 60_000 });
      return ["/usr/bin/mono", made];
    },
  },
  {
    // Debian has no Godot 4. What the client uses of it is written in the words of Godot 3, so that its logic runs.
    name: "GDScript",
    needs: { "/usr/bin/godot3-server": "godot3-server" },
    async build(folder) {
      for (const file of clients("godot", ".gd"))
        await writeFile(path.join(folder, path.basename(file)), inGodot3(await readFile(file, "utf8")));
      for (const name of ["player.gd", "web_socket_peer.gd"])
        await writeFile(
          path.join(folder, name),
          inGodot3(await readFile(program(`godot/${name}`), "utf8"), name === "web_socket_peer.gd"),
        );
      await writeFile(
        path.join(folder, "project.godot"),
        '[application]\nrun/main_scene="res://player.tscn"\n',
      );
      await writeFile(
        path.join(folder, "player.tscn"),
        '[gd_scene load_steps=2 format=2]\n[ext_resource path="res://player.gd" type="Script" id=1]\n[node name="Player" type="Node"]\nscript = ExtResource( 1 )\n',
      );
      return ["/usr/bin/godot3-server", "--path", folder];
    },
  },
  {
    name: "Go",
    needs: {
      "/usr/bin/go": "golang-go",
      "/usr/share/gocode/src/github.com/gorilla/websocket/conn.go": "golang-github-gorilla-websocket-dev",
    },
    async build(folder) {
      const made = path.join(folder, "player");
      await cp(path.join(root, "clients/go"), path.join(folder, "src/muster"), { recursive: true });
      await cp(program("player.go"), path.join(folder, "src/player/main.go"));
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        GOPATH: `${folder}:/usr/share/gocode`,
        GO111MODULE: "off",
        GOCACHE: path.join(tmpdir(), "muster-go-cache"),
      };
      await run("/usr/bin/go", ["vet", "muster"], { env, timeout: 60_000 });
      await run("/usr/bin/go", ["build", "-o", made, "player"], { env, timeout: 60_000 });
      return [made];
    },
  },
  {
    name: "Python",
    needs: { "/usr/lib/python3/dist-packages/websocket/__init__.py": "python3-websocket" },
    // Other Pythons do not see Debian's packages.
    build: async () => ["/usr/bin/python3", program("player.py")],
  },
];

for (const { name, needs, build } of ENGINES)
  describe(`the ${name} client`, function () {
    this.timeout(90_000);

    const missing = Object.entries(needs).filter(([file]) => !existsSync(file));
    let folder = "";
    let command: readonly [string, ...string[]];

    before(async function () {
      if (missing.length > 0) {
        console.log(
          `      skipped: ${missing.map(([, from]) => from).join(", ")} is not installed (\`npm run setup\`)`,
        );
        return this.skip();
      }
      folder = await mkdtemp(path.join(tmpdir(), "muster-engine-"));
      command = await build(folder);
    });
    afterEach(endSeeds);
    after(async () => {
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    function play(url: string, token: string) {
      const [file, ...first] = command;
      const env = {
        ...process.env,
        MUSTER_CLIENT: path.join(root, "clients/python"),
        PYTHONDONTWRITEBYTECODE: "1",
      };
      const child = spawn(file, [...first, url, token], {
        stdio: ["ignore", "pipe", "inherit"],
        cwd: folder,
        env,
      });
      endWithTest(child);
      const told = linesOf(child.stdout, objectIn);
      return {
        /** The next line of a kind, with this data where it is given; a pattern is looked for in text. */
        next: async (what: string, data?: unknown) => {
          const fits = (told: unknown) =>
            data === undefined || (data instanceof RegExp ? data.test(String(told)) : told === data);
          return (await told.next(what, (line) => line.what === what && fits(line.data))).data;
        },
        all: () => told.all.map(({ what, data }) => `${what} ${JSON.stringify(data)}`),
        ended: new Promise((resolve) => child.once("close", resolve)),
      };
    }

    it("joins, sends, is refused by code, acknowledges reliable events, and resumes both kinds of streams after a cut", async () => {
      const app = await startEmbedded(NEVER_LATE);
      const link = await startLink(app.url);
      try {
        const player = play(link.url, app.token("ann"));
        await player.next("following");
        const told = { text: 'grüße "\n\\', list: [1, 2.5, true, null] };
        assert.deepEqual(await player.next("message"), told);
        assert.equal(await player.next("published"), 1);
        assert.equal(await player.next("refused"), "not_subscribed");
        await player.next("chatting");
        assert.equal(await player.next("queued"), true);

        const bob = await app.connect(roomsContract, "bob");
        const chat = await app.connect(chatContract, "bob");
        await bob.call("subscribe", { room: "lounge" });
        await bob.call("publish", { room: "lounge", data: "live" });
        await player.next("message", "live");
        await chat.call("chat_message", { channel: "global", content: "to all" });
        await player.next("global", "to all");

        link.cut();
        await player.next("state", /^\/chat Reconnecting/);
        for (const data of ["missed 1", "missed 2"]) await bob.call("publish", { room: "lounge", data });
        await chat.call("chat_message", { channel: "global", content: "missed" });
        await chat.call("chat_message", { channel: "private", to: "ann", content: "psst" });
        link.mend();
        for (const data of ["missed 1", "missed 2"]) await player.next("message", data);
        await player.next("global", "missed");
        await player.next("private", "psst");
        await bob.call("publish", { room: "lounge", data: "after" });
        await player.next("message", "after");
        await bob.call("publish", { room: "lounge", data: "ping" });
        await player.next("pong");
        // Nothing ends these connections but the heartbeat.
        link.freeze();
        await bob.call("publish", { room: "lounge", data: "thawed" });
        await player.next("message", "thawed");

        const again = await app.connect(chatContract, "ann", { auth: { reliable: true } });
        await again.raw("ping", {});
        assert.deepEqual(again.pending("chat_message"), [], "the private message was acknowledged");
        await bob.call("publish", { room: "lounge", data: "close" });
        assert.equal(await player.next("closed"), "closed");
        assert.equal(await player.ended, 0);
        const heard = player
          .all()
          .filter((line) => /^(message|global|private|gap|listener failed) /.test(line));
        assert.deepEqual(heard.map((line) => line.replace(/^message \{.*/, "message {}")).sort(), [
          'global "missed"',
          'global "to all"',
          'message "after"',
          'message "close"',
          'message "live"',
          'message "missed 1"',
          'message "missed 2"',
          'message "ping"',
          'message "thawed"',
          "message {}",
          'private "psst"',
        ]);
      } finally {
        await link.close();
      }
    });

    it("ends with the code of a refusal, and does not knock again", async () => {
      const app = await startEmbedded(NEVER_LATE);
      const player = play(app.url, `${app.token("ann")}x`);
      await player.next("state", "/ Ended token_invalid");
      assert.equal(await player.next("failed"), "token_invalid");
      await player.ended;
      assert.deepEqual(
        player.all().filter((line) => line.includes("Reconnecting")),
        [],
      );
    });
  });
