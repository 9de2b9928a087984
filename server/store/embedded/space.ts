/** How full the embedded store is: its pages in use, beside what of its file and of the disk is free. */
import { statfs } from "node:fs/promises";
import type { Log } from "../../../core/ports/log.ts";
import { createSpaceWatch, partOf, type SpaceWatch } from "../space-watch.ts";
import type { Kv } from "./kv.ts";

export interface EmbeddedSpaceOptions {
  readonly dataDir: string;
  /** Where it is set, in place of the disk's. */
  readonly capacityBytes?: number | undefined;
  readonly reservePercent: number;
  /** With less free space nothing is written at all. */
  readonly minFreeBytes: number;
  readonly log: Log;
}

/** Of a disk, the reserve is between these: a part of a small one is too little, of a large one more than is needed. */
const MIN_RESERVE = 2;
const MAX_RESERVE_BYTES = 2 ** 30;

export function createEmbeddedSpace(
  kv: Pick<Kv, "usage">,
  { dataDir, capacityBytes, reservePercent, minFreeBytes, log }: EmbeddedSpaceOptions,
): SpaceWatch {
  const part = partOf(reservePercent);
  return createSpaceWatch({
    log,
    reserveOf: (capacity) =>
      capacityBytes === undefined
        ? Math.max(MIN_RESERVE * minFreeBytes, Math.min(part(capacity), MAX_RESERVE_BYTES))
        : part(capacity),
    async look() {
      const { usedBytes, fileBytes } = kv.usage();
      if (capacityBytes !== undefined) return { usedBytes, capacityBytes };
      const { bavail, bsize } = await statfs(dataDir);
      return { usedBytes, capacityBytes: fileBytes + bavail * bsize };
    },
  });
}
