/**
 * Which format the stored data has. The mark stands with the data, so that no server takes what a newer one has written for its own.
 * A format changes over two releases (docs/decisions/0027-a-format-changes-in-two-releases.md).
 */
import { packageVersion } from "../package-version.ts";
import { StartError } from "../process/usage.ts";

/** The newest format that this server reads. It reads all older ones too. */
const READS = 1;
/** The format that it writes: one that the release before reads. */
const WRITES = 1;

interface FormatMark {
  readonly format: number;
  /** The server that has begun with this format. */
  readonly version: string;
}

/** What is stored of the format that this server writes. */
export const ownMark = (): string =>
  JSON.stringify({ format: WRITES, version: packageVersion() } satisfies FormatMark);

/** Stores that were begun before there were marks have none: they have format 1. A mark of another form is a newer server's. */
function readMark(text: string | undefined): FormatMark {
  if (text === undefined) return { format: 1, version: "0.1.0" };
  try {
    const { format, version } = JSON.parse(text) as Partial<FormatMark>;
    if (Number.isInteger(format)) return { format: Number(format), version: String(version) };
  } catch {
    // As of one that is not known.
  }
  return { format: Number.POSITIVE_INFINITY, version: "unknown" };
}

/**
 * @param text the mark, undefined where there is none
 * @param what names the store in the message
 * @throws StartError where the store has a newer format than this server reads
 */
export function assertReadable(text: string | undefined, what: string): void {
  const { format, version } = readMark(text);
  if (format <= READS) return;
  const named = Number.isFinite(format) ? `format ${format}` : "a format of another kind";
  throw new StartError(
    `${what} has ${named}, of muster ${version}, and this is muster ${packageVersion()}, which reads formats up to ${READS}: ` +
      "start the newer version, or restore a backup that was made before the upgrade.",
  );
}

/** Of a mark; of none, that of the first servers. */
export const formatOf = (text: string | undefined): number => readMark(text).format;

/** The mark to be stored in place of this one; undefined where it can stay. */
export const nextMark = (text: string | undefined): string | undefined =>
  text !== undefined && readMark(text).format >= WRITES ? undefined : ownMark();
