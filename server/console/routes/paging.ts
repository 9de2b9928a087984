/** How the console's routes read pages. */

import type { TSchema } from "typebox";
import type { Answer } from "../../http/route.ts";

const DEFAULT_LIMIT = 50;

interface RawPage {
  readonly cursor?: string;
  readonly before?: number;
  readonly limit?: number;
}

export const pageOf = ({ cursor, limit = DEFAULT_LIMIT }: RawPage) => ({
  limit,
  ...(cursor === undefined ? {} : { cursor }),
});

export const beforeOf = ({ before, limit = DEFAULT_LIMIT }: RawPage) => ({
  limit,
  ...(before === undefined ? {} : { before }),
});

/** For what workers have in memory, whose cursor is a name. */
export const afterOf = ({ cursor, limit = DEFAULT_LIMIT }: RawPage) => ({
  limit,
  ...(cursor === undefined ? {} : { after: cursor }),
});

export const viewers = { kind: "console", role: "viewer" } as const;

export const answered = (schema: TSchema, description = "What was found") =>
  ({ 200: { description, schema } }) satisfies Readonly<Record<string, Answer>>;

/** What the path names. */
export const paramOf = (
  params: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): string => {
  const value = params[name];
  return typeof value === "string" ? value : "";
};
