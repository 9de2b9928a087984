/** Whether the gateway takes connections: tried again and again, so that health tells also while nobody sends it a command. */
import net from "node:net";

/** What a connection may take. */
const CONNECT_MS = 1_000;

export interface Reachability {
  /** Why it could not be connected to the last time; undefined: it could, or was not tried yet. */
  readonly failure: string | undefined;
  close(): void;
}

/**
 * @param everyMs between two tries
 * @param changed told when it can be connected to no more, or again
 */
export function watchReachability(
  url: string,
  everyMs: number,
  changed: (failure: string | undefined) => void,
): Reachability {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  let failure: string | undefined;
  let socket: net.Socket | undefined;

  function look(): void {
    // The last one is over by then: everything in it has a time limit.
    socket?.destroy();
    const tried = net.connect({ host, port: Number(port || (protocol === "https:" ? 443 : 80)) });
    socket = tried;
    const done = (why: string | undefined) => {
      tried.destroy();
      if (socket !== tried) return;
      const isNews = (failure === undefined) !== (why === undefined);
      failure = why;
      if (isNews) changed(why);
    };
    tried
      .setTimeout(CONNECT_MS, () => done("no connection in time"))
      .once("connect", () => done(undefined))
      .on("error", (err: Error & { code?: string }) => done(err.code ?? err.message));
    tried.unref();
  }

  look();
  const interval = setInterval(look, everyMs);
  interval.unref();
  return {
    get failure() {
      return failure;
    },
    close() {
      clearInterval(interval);
      const last = socket;
      socket = undefined;
      last?.destroy();
    },
  };
}
