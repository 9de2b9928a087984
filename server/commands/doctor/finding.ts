/** What a check of `muster doctor` has found. */
export interface Finding {
  /** `bad` keeps the server from starting, or breaks a promise of it; `look` is worth a look. */
  readonly kind: "good" | "look" | "bad";
  readonly text: string;
  /** What to do about it. */
  readonly todo?: string;
}

export const good = (text: string): Finding => ({ kind: "good", text });
export const look = (text: string, todo: string): Finding => ({ kind: "look", text, todo });
export const bad = (text: string, todo: string): Finding => ({ kind: "bad", text, todo });
