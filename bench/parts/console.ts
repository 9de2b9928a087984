import { setTimeout as wait } from "node:timers/promises";
import { median } from "../support/report.ts";
import type { Side } from "../support/side.ts";
import { type Part, SETTLE_MS, shareOfCore, withSides } from "./part.ts";

/** As often as the page asks. */
const EVERY_MS = 2_000;
const LOGIN = { username: "bench", password: "a password of the benchmark" };

async function logIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/console/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(LOGIN),
  });
  const { session } = (await answer.json()) as { session?: string };
  if (session === undefined) throw new Error(`the console answered the log-in with ${answer.status}`);
  return session;
}

/** Looks at a part of the console until it is told to stop. */
function look(url: string, session: string, path: string) {
  const tookMs: number[] = [];
  let bytes = 0;
  const ask = async () => {
    const from = performance.now();
    const headers = { authorization: `Bearer ${session}` };
    const answer = await fetch(`${url}/api/console/${path}`, { headers });
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
    bytes = (await answer.text()).length;
    tookMs.push(performance.now() - from);
  };
  let failed: unknown;
  const note = (err: unknown) => {
    failed = err;
  };
  const timer = setInterval(() => void ask().catch(note), EVERY_MS);
  return {
    end() {
      clearInterval(timer);
      if (failed !== undefined) throw failed;
      return `${Math.round(median(tookMs))} ms, ${Math.round(bytes / 1_024)} KB an answer`;
    },
  };
}

export const consoleCost: Part = {
  name: "console",
  summary: "what the console costs while nobody looks, and while one person does",
  async run({ quick, seconds }, add) {
    const count = quick ? 1_000 : 5_000;
    const row = { part: "console", unit: "% of a core" } as const;
    const connected = async (side: Side) => {
      await side.run({ task: "connect", count, namespaces: ["/"], atOnce: 20 });
      await wait(SETTLE_MS);
    };
    const measure = async (side: Side, what: string, note?: () => string) => {
      const share = await shareOfCore(side, seconds * 4_000);
      const noted = note?.();
      add({
        ...row,
        what: `${count} connections, ${what}`,
        muster: 100 * share,
        ...(noted && { note: noted }),
      });
    };
    await withSides([{ kind: "muster" }], async (side) => {
      if (!side) return;
      await connected(side);
      await measure(side, "no console");
    });
    await withSides([{ kind: "muster", admin: LOGIN }], async (side) => {
      if (!side) return;
      await connected(side);
      await measure(side, "nobody looks");
      const session = await logIn(side.url);
      for (const path of ["workers", "connections?limit=50", "users?limit=50", "fights", "zones"]) {
        const looking = look(side.url, session, path);
        await measure(side, `one looks at ${path.split("?", 1)} every 2 s`, looking.end);
      }
    });
  },
};
