/** Colyseus 0.18 as the peer: installed on demand into a folder of its own, never a dependency. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Mover } from "./ages.ts";
import { HZ, type RealtimeLoadOptions, ROOM_SIZE } from "./messages.ts";

const PACKAGES = ["core@0.18.17", "ws-transport@0.18.4", "schema@5.0.34", "sdk@0.18.4"];
const LEAST_NODE = 22;
const INSTALL_LIMIT_MS = 120_000;

/** @returns the folder, or why it can't be measured */
export function installColyseus(root: string): { readonly folder: string } | { readonly reason: string } {
  if (Number(process.versions.node.split(".")[0]) < LEAST_NODE)
    return { reason: `Colyseus 0.18 needs Node ${LEAST_NODE}, and this is ${process.version}` };
  const folder = path.join(root, ".tmp", "colyseus-0.18");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(path.join(folder, "node_modules/@colyseus/sdk"))) {
    writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    const names = PACKAGES.map((name) => `@colyseus/${name}`);
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts"];
    const done = spawnSync("npm", ["install", ...flags, ...names], {
      cwd: folder,
      encoding: "utf8",
      timeout: INSTALL_LIMIT_MS,
    });
    if (done.status !== 0) return { reason: `Colyseus could not be installed: ${done.stderr.slice(-300)}` };
  }
  copyFileSync(path.join(root, "bench/realtime/peer/colyseus-server.mjs"), path.join(folder, "server.mjs"));
  return { folder };
}

/** As much of its client as is used. */
interface PeerRoom {
  readonly connection: { readonly transport: { readonly ws: PeerSocket } };
  onStateChange(listener: (state: { readonly tick: number }) => void): void;
  send(type: string, message: unknown): void;
  leave(): Promise<unknown>;
}
interface PeerSocket {
  addEventListener(type: "message", listener: (event: { readonly data: ArrayBuffer }) => void): void;
}
interface PeerModule {
  readonly Client: new (url: string) => { joinOrCreate(name: string, options: object): Promise<PeerRoom> };
}

type Open = (room: number, onFrame: (tick: number, bytes: number) => void) => Mover;

export async function openColyseus(
  folder: string,
  { url, scene, players }: RealtimeLoadOptions,
): Promise<Open> {
  const entry = path.join(folder, "node_modules/@colyseus/sdk/build/index.mjs");
  const { Client } = (await import(pathToFileURL(entry).href)) as PeerModule;
  const client = new Client(url);
  const most = scene === "rooms" ? ROOM_SIZE : players;
  return (room, onFrame) => {
    let seq = 0;
    let joined: PeerRoom | undefined;
    let bytes = 0;
    const connected = client.joinOrCreate("bench", { key: `${scene}-${room}`, hz: HZ[scene], most });
    return {
      connected: connected.then((own) => {
        joined = own;
        own.connection.transport.ws.addEventListener("message", ({ data }) => {
          bytes += data.byteLength;
        });
        own.onStateChange(({ tick }) => {
          onFrame(tick, bytes);
          bytes = 0;
        });
      }),
      move() {
        const turn = Math.sin(++seq / 40);
        joined?.send("input", [seq, Math.round(turn * 127) / 127, 1]);
      },
      close: () => void joined?.leave().catch(() => undefined),
    };
  };
}
