/** Why a load run could not be: a code, a text that says what to do, and the exit code. */
import { EXIT } from "../command.ts";

const EXITS = {
  scenario_not_found: EXIT.usage,
  scenario_invalid: EXIT.usage,
  typescript_unsupported: EXIT.usage,
  unreachable: EXIT.unavailable,
  refused: EXIT.unavailable,
  client_missing: EXIT.unavailable,
  token_failed: EXIT.config,
  token_key_missing: EXIT.config,
  process_died: EXIT.software,
  report_not_written: EXIT.failed,
} as const;

export type LoadRunCode = keyof typeof EXITS;

export class LoadRunError extends Error {
  readonly code: LoadRunCode;

  constructor(code: LoadRunCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get exit(): number {
    return EXITS[this.code];
  }
}

export const textOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));
