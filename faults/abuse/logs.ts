/** What workers log of an abuse: a bounded number of lines, and in none of them anything of a token. */
import type { Worker } from "../stage.ts";

/** Three parts in base64url, of which the first two are JSON objects: also one that is no good. */
const TOKEN = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}/;
/** The end of a signature that is enough to know it again. */
const SIGNATURE_END = 20;

interface Logged {
  /** Of the worker that wrote most, since the watch began. */
  readonly lines: number;
  /** The first line with a token, or a part of one, without what it is. */
  readonly leak: string | undefined;
}

export interface LogWatch {
  /** The token, which is to be looked for. */
  used(token: string): string;
  logged(): Promise<Logged>;
}

/** @returns what is wrong with the line; undefined: nothing */
export function leakIn(line: string, signatures: Iterable<string>): string | undefined {
  const told = () => line.replaceAll(/eyJ[\w.-]+|[\w-]{20,}/g, "…").slice(0, 200);
  if (TOKEN.test(line)) return told();
  for (const signature of signatures) if (line.includes(signature)) return told();
  return undefined;
}

export async function watchLogs({
  workers,
}: {
  readonly workers: readonly Pick<Worker, "log">[];
}): Promise<LogWatch> {
  const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");
  const before = await Promise.all(workers.map(async (worker) => (await worker.log()).length));
  const signatures = new Set<string>();
  return {
    used(token) {
      signatures.add(token.slice(-SIGNATURE_END));
      return token;
    },
    async logged() {
      const logs = await Promise.all(
        workers.map(async (worker, at) => linesOf((await worker.log()).slice(before[at]))),
      );
      const leak = logs
        .flat()
        .map((line) => leakIn(line, signatures))
        .find((found) => found !== undefined);
      return { lines: Math.max(0, ...logs.map(({ length }) => length)), leak };
    },
  };
}
