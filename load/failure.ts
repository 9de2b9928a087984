/** Failures of actions, each with a code that the report counts by. */

export type LoadCode =
  | "timeout"
  | "group_timeout"
  | "no_event"
  | "stopped"
  | "closed"
  | "token_failed"
  | "refused";

export class LoadFailure extends Error {
  readonly code: string;

  constructor(code: LoadCode | (string & {}), message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LoadFailure";
    this.code = code;
  }
}

const MOST_CODE = 60;
const MOST_EXAMPLE = 300;

interface Coded {
  readonly code?: unknown;
  readonly data?: { readonly code?: unknown };
}

/** The code of whatever was thrown: the server's own, Node's own, or the error's name. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "not_an_error";
  const { code, data } = thrown as Coded;
  // Socket.IO puts a refusal of the server's into `data`.
  const found = [data?.code, code].find((one) => typeof one === "string" && one !== "");
  return String(found ?? thrown.name).slice(0, MOST_CODE);
}

export const exampleOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, MOST_EXAMPLE);

/** As an error. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new LoadFailure("not_an_error", String(thrown));
