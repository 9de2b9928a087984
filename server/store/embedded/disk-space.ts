import { statfs } from "node:fs/promises";

/** A write can dirty a page of its own. */
const PAGE_BYTES = 4_096;

export interface DiskSpace {
  /** Why there is no space for these writes; undefined where there is. Asks the disk only once some has been written. */
  lackFor(writes: number, chars: number): Promise<string | undefined>;
}

export function createDiskSpace(dataDir: string, minFreeBytes: number): DiskSpace {
  let writtenSinceLook = Number.POSITIVE_INFINITY;
  return {
    async lackFor(writes, chars) {
      writtenSinceLook += writes * PAGE_BYTES + chars;
      if (writtenSinceLook < minFreeBytes / 4) return undefined;
      const { bavail, bsize } = await statfs(dataDir);
      const free = bavail * bsize;
      const needed = minFreeBytes + 2 * chars;
      if (free < needed) return `${dataDir} has ${free} bytes free, and ${needed} are needed`;
      writtenSinceLook = 0;
      return undefined;
    },
  };
}
