/**
 * Messages to another worker of the same host, past Redis: over its private socket, a line of JSON each. Where there is no such worker,
 * or it does not keep up, the sender is told at once and goes another way.
 */
import { rmSync } from "node:fs";
import net from "node:net";
import type { Log } from "../../core/ports/log.ts";
import type { Neighbours } from "../../core/ports/store/bus.ts";
import { privateSockets } from "./private-sockets.ts";

/** A name that nobody listens to here is tried again after this long: it may be on another host. */
const TRY_AGAIN_MS = 5_000;
/** What waits for a worker that does not read; more goes another way. */
const MAX_UNSENT_BYTES = 4_000_000;
/** The longest line: a snapshot of a room, which is at most 1 MB, among others. */
const MAX_LINE_BYTES = 8_000_000;
/** A name that nothing was sent to for so long is let go. */
const IDLE_MS = 30_000;
const NEWLINE = 10;

interface Link {
  /** Undefined while it is away. */
  socket: net.Socket | undefined;
  isOpen: boolean;
  triedAt: number;
}

/** Splits what comes into lines. @returns false where one is too long */
function lineReader(heard: (line: string) => void): (data: Buffer) => boolean {
  let parts: Buffer[] = [];
  let size = 0;
  return (data) => {
    let from = 0;
    for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, from)) {
      const last = data.subarray(from, at);
      heard((parts.length === 0 ? last : Buffer.concat([...parts, last])).toString());
      parts = [];
      size = 0;
      from = at + 1;
    }
    if (from < data.length) {
      parts.push(data.subarray(from));
      size += data.length - from;
    }
    return size <= MAX_LINE_BYTES;
  };
}

export function createNeighbours(log: Log, folder?: string): Neighbours & { close(): Promise<void> } {
  const links = new Map<string, Link>();
  const incoming = new Set<net.Socket>();
  const closing: (() => Promise<void>)[] = [];
  let pathOf: ((name: string) => string) | undefined;
  let isClosed = false;

  function open(name: string): Link {
    const now = performance.now();
    for (const [other, { socket, triedAt }] of links)
      if (socket === undefined && now - triedAt >= TRY_AGAIN_MS) links.delete(other);
    const link: Link = { socket: undefined, isOpen: false, triedAt: now };
    links.set(name, link);
    if (pathOf === undefined) return link;
    const socket = net.connect(pathOf(name));
    link.socket = socket;
    socket.unref();
    socket.on("connect", () => {
      link.isOpen = true;
    });
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    // It ends in a close too; nobody on this host has the name, or has it any more.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      const wasOpen = link.isOpen;
      link.socket = undefined;
      link.isOpen = false;
      // One that was there is gone, or nothing was said for long.
      if (wasOpen) links.delete(name);
    });
    return link;
  }

  return {
    async listen(name, heard) {
      const sockets = privateSockets(name, folder);
      const server = net.createServer((socket) => {
        incoming.add(socket);
        socket.unref();
        const read = lineReader((line) => {
          try {
            heard(JSON.parse(line));
          } catch (err) {
            log.warn({ err }, "a message of another worker on this host could not be read");
          }
        });
        socket.on("data", (data: Buffer) => {
          if (!read(data)) socket.destroy();
        });
        socket.on("error", () => undefined);
        socket.on("close", () => incoming.delete(socket));
      });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ path: sockets.pathOf(name), exclusive: true }, resolve);
      });
      server.unref();
      pathOf = sockets.pathOf;
      const end = async () => {
        for (const socket of incoming) socket.destroy();
        await new Promise<void>((resolve) => server.close(() => resolve()));
        rmSync(sockets.pathOf(name), { force: true });
      };
      closing.push(end);
      return async () => {
        closing.splice(closing.indexOf(end), 1);
        await end();
      };
    },

    send(name, message) {
      if (isClosed) return false;
      let link = links.get(name);
      if (link === undefined) link = open(name);
      if (!link.isOpen) {
        if (link.socket === undefined && performance.now() - link.triedAt >= TRY_AGAIN_MS) open(name);
        return false;
      }
      const { socket } = link;
      if (socket === undefined || socket.writableLength > MAX_UNSENT_BYTES) return false;
      socket.write(`${JSON.stringify(message)}\n`);
      return true;
    },

    async close() {
      isClosed = true;
      for (const { socket } of links.values()) socket?.destroy();
      links.clear();
      await Promise.all(closing.splice(0).map((end) => end()));
    },
  };
}
