/** What a server process has logged as JSON lines. */
export interface LogLine {
  readonly message: string;
  /** Of the `listening` line: the worker's id, which begins its session ids. */
  readonly worker?: string;
  /** How many lines this one stands for, where it sums what repeats. */
  readonly times?: number;
  readonly "service.name": string;
  readonly "service.version": string;
  /** The worker that wrote the line. */
  readonly "service.node.name": string;
  readonly "process.pid": number;
  readonly "log.level": string;
}

export function parseLog(text: string): LogLine[] {
  // The last line may be cut.
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}
