/** Runs the seeds' own client code: in Node, in a browser, through wscat and curl. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { WebSocket } from "ws";
import { closeAll } from "../support/app.ts";
import { openBrowser } from "../support/browser.ts";
import { WAIT_MS } from "../support/patience.ts";
import { closePlain, type Json } from "../support/plain.ts";

const here = import.meta.dirname;
const WSCAT = path.resolve(here, "../../node_modules/wscat/bin/wscat");

const closing: (() => unknown)[] = [];

/** Ends everything that a test of this folder has started. */
export async function endSeeds(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
  closePlain();
  await closeAll();
}

/** A document's code with other words in the place of some of its own; each must be there. */
export function quoted(file: string, replace: Readonly<Record<string, string>>): string {
  let code = readFileSync(path.join(here, "clients", file), "utf8");
  for (const [from, to] of Object.entries(replace)) {
    if (!code.includes(from)) throw new Error(`${file} does not contain ${from}`);
    code = code.replaceAll(from, to);
  }
  return code;
}

export const wsUrl = (url: string) => url.replace(/^http/, "ws");

/** Waits for what is told, one after the other; what was told before counts too. */
export class Heard<T> {
  readonly all: T[] = [];
  readonly #taken = new Set<T>();
  #wake: (() => void)[] = [];

  add(item: T): void {
    this.all.push(item);
    for (const wake of this.#wake.splice(0)) wake();
  }

  async next(what: string, accepts: (item: T) => boolean): Promise<T> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const found = this.all.find((item) => !this.#taken.has(item) && accepts(item));
      if (found !== undefined) {
        this.#taken.add(found);
        return found;
      }
      const leftMs = until - performance.now();
      if (leftMs <= 0)
        throw new Error(`not heard: ${what}; heard: ${JSON.stringify(this.all).slice(0, 2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}

/** One line that a client has printed: its arguments. */
export type Line = readonly unknown[];

export interface Running {
  /** What the code has printed. */
  readonly lines: Heard<Line>;
  /** Frames that its sockets have received. */
  readonly frames: Heard<Json>;
  readonly sockets: WebSocket[];
  /** What it does every so often, by the interval: for tests that do not want to wait. */
  readonly intervals: Map<number, () => void>;
}

/** Runs code as it is in Node, with the browser's interface of `ws`. Names of `given` are its global variables. */
export async function runInNode(
  code: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<Running> {
  const lines = new Heard<Line>();
  const frames = new Heard<Json>();
  const sockets: WebSocket[] = [];
  const intervals = new Map<number, () => void>();
  class Recorded extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
      this.on("message", (data, isBinary) => {
        if (!isBinary) frames.add(JSON.parse(String(data)) as Json);
      });
    }
  }
  const print = (...args: unknown[]) => lines.add(args);
  const globals: Readonly<Record<string, unknown>> = {
    WebSocket: Recorded,
    console: { log: print, error: print },
    setInterval: (act: () => void, ms: number) => void intervals.set(ms, act),
    ...given,
  };
  closing.push(() => {
    for (const socket of sockets) socket.terminate();
  });
  const AsyncFunction = (async () => undefined).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<unknown>;
  await new AsyncFunction(...Object.keys(globals), code)(...Object.values(globals));
  return { lines, frames, sockets, intervals };
}

let browser: Promise<Browser> | undefined;
if (typeof globalThis.after === "function")
  after(async () => {
    const opened = browser;
    browser = undefined;
    await (await opened?.catch(() => undefined))?.close();
  });

/** Runs code as it is in a real browser's page. */
export async function runInBrowser(code: string): Promise<Pick<Running, "lines" | "frames">> {
  browser ??= openBrowser();
  const page = await (await browser).newPage();
  closing.push(() => page.close());
  const lines = new Heard<Line>();
  const frames = new Heard<Json>();
  page.on("console", (message) => {
    void Promise.all(message.args().map((arg) => arg.jsonValue())).then(
      (args) => lines.add(args),
      () => undefined,
    );
  });
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      if (typeof payload === "string") frames.add(JSON.parse(payload) as Json);
    });
  });
  // Unlike a function, text is run as a script of the page itself.
  await page.evaluate(`(async () => {${code}\n})()`);
  return { lines, frames };
}

/** Whole lines of what a process prints, each as `read` has it; lines that it makes nothing of are left out. */
export function linesOf<T>(stream: Readable, read: (line: string) => T | undefined): Heard<T> {
  const heard = new Heard<T>();
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const item = read(line);
      if (item !== undefined) heard.add(item);
    }
  });
  return heard;
}

/** The JSON object in a line, whatever stands around it: prompts, colours. */
export function objectIn(line: string): Json | undefined {
  const json = /\{.*\}/.exec(line)?.[0];
  return json === undefined ? undefined : (JSON.parse(json) as Json);
}

/** A wscat session: what is typed goes out, what is heard are the frames. Its input stays open until the test ends. */
export function wscat(...args: string[]): { type(line: string): void; readonly frames: Heard<Json> } {
  const child = spawn(process.execPath, [WSCAT, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  endWithTest(child);
  return { type: (line) => void child.stdin.write(`${line}\n`), frames: linesOf(child.stdout, objectIn) };
}

export function endWithTest(child: ChildProcess): void {
  closing.push(() => {
    if (child.exitCode !== null || child.signalCode !== null) return undefined;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    return ended;
  });
}

/** The JSON that a curl command prints. */
export async function curl(...args: string[]): Promise<Json> {
  const { stdout } = await promisify(execFile)("curl", ["-sS", "--max-time", "10", ...args]);
  return JSON.parse(stdout) as Json;
}

export const typed = (type: string) => (frame: Json) => frame.type === type;
export const printed =
  (first: string) =>
  ([text]: Line) =>
    text === first;
