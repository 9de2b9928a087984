/** What operators did through the console: who, what, when and from where. The newest are kept, in the store. */
import { GameError } from "../../core/contract/errors.ts";
import { newId } from "../../core/ids.ts";
import { partitions, streamKey } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { iso } from "../../core/time.ts";

interface ConsoleAct {
  readonly id: string;
  /** In the store's time. */
  readonly at: number;
  readonly by: string;
  readonly address: string;
  readonly action: string;
  readonly input: object;
  /** Of an act that failed: the code. The entry of the attempt has the same id. */
  readonly failed?: string;
}

const acts = streamKey<ConsoleAct>(partitions.system(), "console-audit");
const KEEP = { maxLength: 10_000, maxBytes: 8 * 2 ** 20, ttlMs: 730 * 86_400_000 };

export interface ConsoleAudit {
  /**
   * Writes the act down, then does it: what cannot be written is not done. A failure is written too.
   * @throws GameError `unavailable`, or what the act throws
   */
  perform<R>(
    act: Pick<ConsoleAct, "by" | "address" | "action" | "input">,
    work: () => Promise<R>,
  ): Promise<R>;
  /** The newest acts, or those before an offset; within the page oldest first. */
  page(range: { readonly before?: number; readonly limit: number }): Promise<{
    readonly entries: readonly object[];
    readonly has_more: boolean;
  }>;
}

export function createConsoleAudit({ streams, now }: Pick<Store, "streams" | "now">): ConsoleAudit {
  return {
    async perform(act, work) {
      const id = newId("x");
      await streams.append(acts, { id, at: now(), ...act }, KEEP);
      try {
        return await work();
      } catch (thrown) {
        await streams.append(acts, { id, at: now(), ...act, failed: codeOf(thrown) }, KEEP);
        throw thrown;
      }
    },
    async page({ before = Number.MAX_SAFE_INTEGER, limit }) {
      const page = await streams.read(acts, { before, limit });
      return {
        entries: page.entries.map(({ offset, entry: { at, ...act } }) => ({ offset, at: iso(at), ...act })),
        has_more: (page.entries[0]?.offset ?? 0) > page.first,
      };
    },
  };
}

const codeOf = (thrown: unknown): string => (thrown instanceof GameError ? thrown.code : "internal");
