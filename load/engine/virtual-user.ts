/** One user of a scenario, in one of its lives: its connections are measured, and closed with it. */
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import {
  type Contracts,
  connectMuster,
  type Muster,
  type MusterOptions,
  type NamespaceClient,
} from "../../client/index.ts";
import { asError, LoadFailure } from "../failure.ts";
import type { LoadParameters } from "../scenario.ts";
import type { ActionOptions, EventSource, LoadGroup, ScenarioUser } from "../user.ts";
import type { UserIdentity } from "./crowd.ts";
import { within } from "./group.ts";
import { openPlain, type PlainSocket, refusal } from "./plain.ts";
import type { Recorder } from "./recorder.ts";

const ACTION_MS = 30_000;
const CONNECT_MS = 30_000;
const ANSWER_MS = 30_000;
/** What concerns no action: a connection that was lost or refused, a listener that threw. */
const TROUBLE = "(connection)";
/** A user that is so many periods late has left out the ones between. */
const MOST_BEHIND = 10;

export interface VirtualUserOptions {
  readonly index: number;
  readonly group: number;
  readonly run: string;
  readonly params: LoadParameters;
  readonly id: string;
  readonly url: string;
  readonly together: LoadGroup;
  readonly signal: AbortSignal;
  readonly recorder: Recorder;
  readonly random: () => number;
  readonly client: Omit<MusterOptions, "url" | "token">;
  readonly identity: UserIdentity;
  /** Undefined where they have none. */
  token(): Promise<string | undefined>;
}

export class VirtualUser implements ScenarioUser {
  readonly #options: VirtualUserOptions;
  readonly #closers: (() => void)[] = [];
  #muster: Muster | undefined;

  constructor(options: VirtualUserOptions) {
    this.#options = options;
  }

  get index() {
    return this.#options.index;
  }
  get group() {
    return this.#options.group;
  }
  get run() {
    return this.#options.run;
  }
  get params() {
    return this.#options.params;
  }
  get id() {
    return this.#options.id;
  }
  get url() {
    return this.#options.url;
  }
  get together() {
    return this.#options.together;
  }
  get signal() {
    return this.#options.signal;
  }
  get running() {
    return !this.#options.signal.aborted;
  }

  random = () => this.#options.random();
  now = () => performance.timeOrigin + performance.now();
  token = () => this.#options.token();

  get muster(): Muster {
    this.#muster ??= this.client();
    return this.#muster;
  }

  client(options: Omit<MusterOptions, "url" | "token"> = {}): Muster {
    const { url, client, token, identity } = this.#options;
    const muster = connectMuster({
      ...{ ...client, ...options },
      url,
      auth: { ...this.#named(), ...client.auth, ...options.auth },
      manager: { transports: ["websocket"], ...client.manager, ...options.manager },
      ...(identity === "token" && { token: async () => (await token()) ?? "" }),
    });
    // Refusals that the client tries again after, too.
    muster.onError((error) => this.#options.recorder.failed(TROUBLE, error));
    this.#closers.push(() => muster.close());
    return muster;
  }

  /** A name without a token is taken under AUTH_MODE=dev only. */
  #named(): { readonly user_id?: string } {
    return this.#options.identity === "name" ? { user_id: this.id } : {};
  }

  connect<N extends keyof Contracts>(namespace: N): Promise<NamespaceClient<Contracts[N]>> {
    return this.action(`connect ${namespace}`, async () => {
      const opened = this.muster.in(namespace);
      await connected(opened);
      return opened;
    });
  }

  socket(namespace: string, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
    return this.action(`connect ${namespace}`, async () => {
      const { url } = this.#options;
      const token = await this.token();
      const { origin, pathname } = new URL(url);
      const socket = io(`${origin}${namespace}`, {
        ...{ path: `${pathname.replace(/\/+$/, "")}/socket.io/`, transports: ["websocket"] },
        ...{ forceNew: true, reconnection: false, ...options },
        auth: {
          ...(token === undefined ? this.#named() : { token }),
          ...(options.auth as object | undefined),
        },
      });
      this.#closers.push(() => socket.disconnect());
      await new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("connect_error", reject);
      });
      return socket;
    });
  }

  webSocket(path = "/ws"): Promise<PlainSocket> {
    const place = path.split("?", 1)[0] ?? path;
    return this.action(`connect ${place}`, async () => {
      const { url, signal } = this.#options;
      const opened = await openPlain({ url, path, token: await this.token(), ...this.#named(), signal });
      this.#closers.push(() => opened.close());
      return opened;
    });
  }

  action<T>(name: string, act: () => T | Promise<T>, options: ActionOptions = {}): Promise<T> {
    return this.#measure(name, performance.now(), act, options);
  }

  async #measure<T>(
    name: string,
    from: number,
    act: () => T | Promise<T>,
    { withinMs = ACTION_MS }: ActionOptions,
  ): Promise<T> {
    const { recorder } = this.#options;
    recorder.begin();
    try {
      const late = () => new LoadFailure("timeout", `${name} took more than ${withinMs} ms`);
      const result = await within(Promise.resolve(act()), { withinMs, late });
      recorder.took(name, performance.now() - from);
      return result;
    } catch (thrown) {
      const error = asError(thrown);
      recorder.failed(name, error);
      throw error;
    } finally {
      recorder.end();
    }
  }

  async every(
    periodMs: number,
    name: string,
    act: () => unknown,
    options: ActionOptions = {},
  ): Promise<void> {
    if (!(periodMs > 0)) throw new RangeError(`every: ${periodMs} is no period in milliseconds`);
    // Users that began together don't act together.
    let due = performance.now() + this.random() * periodMs;
    while (this.running) {
      await this.pause(due - performance.now());
      if (!this.running) return;
      await this.#measure(name, due, act, options).catch(() => undefined);
      due += periodMs;
      const behind = Math.floor((performance.now() - due) / periodMs);
      if (behind < MOST_BEHIND) continue;
      this.count(`${name}: left out`, behind);
      due += behind * periodMs;
    }
  }

  async call(socket: Socket, event: string, input: object): Promise<Record<string, unknown>> {
    const answer: unknown = await socket
      .timeout(ANSWER_MS)
      .emitWithAck(event, input)
      .catch((thrown: unknown) => {
        throw new LoadFailure("timeout", `${event}: ${asError(thrown).message}`);
      });
    const { ok, error, ...result } = (typeof answer === "object" && answer !== null ? answer : {}) as Record<
      string,
      unknown
    >;
    if (ok !== true) throw refusal(event, error);
    return result;
  }

  next<T = unknown>(
    from: EventSource,
    event: string,
    accepts: (payload: T) => boolean = () => true,
    withinMs = ACTION_MS,
  ): Promise<T> {
    let end = () => {};
    const heard = new Promise<T>((resolve) => {
      end = listen(from, event, (payload) => {
        // The author's own word for what comes.
        if (accepts(payload as T)) resolve(payload as T);
      });
    });
    const late = () => new LoadFailure("no_event", `${event} did not come within ${withinMs} ms`);
    return within(heard, { withinMs, signal: this.signal, late }).finally(() => end());
  }

  pause(ms: number, mostMs = ms): Promise<void> {
    const wait = ms + this.random() * Math.max(0, mostMs - ms);
    if (!this.running || !(wait > 0)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      this.signal.addEventListener("abort", done);
    });
  }

  sample(name: string, ms: number): void {
    this.#options.recorder.took(name, ms);
  }

  count(name: string, by = 1): void {
    this.#options.recorder.count(name, by);
  }

  fail(name: string, code: string, example = ""): void {
    this.#options.recorder.fail(name, code, example);
  }

  /** Ends all its connections. */
  close(): void {
    for (const end of this.#closers.splice(0)) end();
  }
}

interface Connecting {
  readonly state: string;
  readonly reason: Error | undefined;
  onState(listener: (state: string, reason?: Error) => void): () => void;
}

/** @throws what has ended it, or LoadFailure `timeout` */
async function connected(client: Connecting): Promise<void> {
  if (client.state === "connected") return;
  let end = () => {};
  const settled = new Promise<void>((resolve, reject) => {
    const look = (state: string, reason?: Error) => {
      if (state === "connected") resolve();
      else if (state === "ended") reject(reason ?? new LoadFailure("closed", "the client has ended"));
    };
    end = client.onState(look);
    look(client.state, client.reason);
  });
  const late = () => new LoadFailure("timeout", `no connection within ${CONNECT_MS} ms`);
  await within(settled, { withinMs: CONNECT_MS, late }).finally(() => end());
}

function listen(from: EventSource, event: string, listener: (payload: unknown) => void): () => void {
  if ("onOther" in from) return from.onOther(event, listener);
  from.on(event, listener);
  return () => void from.off(event, listener);
}
