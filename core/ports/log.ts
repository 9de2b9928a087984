/** What pino's logger offers and we use. Tokens and bodies never go in. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Asked before a line is made that comes often. Absent: every level is written. */
  isLevelEnabled?(level: "debug" | "info"): boolean;
}
