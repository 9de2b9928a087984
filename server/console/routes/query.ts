/** Routes with parameters in the query: read as their schema says, and refused with the name of what is wrong. */
import type { Request } from "express";
import type { Static, TObject } from "typebox";
import { Compile } from "typebox/compile";
import { GameError } from "../../../core/contract/errors.ts";
import { didYouMean } from "../../../core/did-you-mean.ts";
import { firstMistake } from "../../../middleware/explain.ts";
import type { Route, RouteContext, RouteSpec } from "../../http/route.ts";

export interface QueryContext<Q> extends RouteContext<undefined> {
  readonly query: Q;
}

/** A route whose query fits a schema before `handle` sees it. */
export function queryRoute<Q extends TObject>(
  spec: Omit<RouteSpec, "body" | "query"> & { readonly query: Q },
  handle: (context: QueryContext<Static<Q>>) => Promise<void> | void,
): Route {
  const validator = Compile(spec.query);
  const names = Object.keys(spec.query.properties);

  /** @throws GameError `invalid_payload` */
  function read(raw: Request["query"]): Static<Q> {
    const stray = Object.keys(raw).find((name) => !names.includes(name));
    if (stray !== undefined)
      throw mistake(`${stray.slice(0, 64)}: there is no such parameter${didYouMean(stray, names)}`);
    const query = Object.fromEntries(
      Object.entries(raw).map(([name, value]) => [name, converted(spec.query.properties[name], value)]),
    );
    if (validator.Check(query)) return query as Static<Q>;
    const found = firstMistake(validator, query, names);
    throw mistake(
      `${found?.path || "query"}: ${found?.message ?? "does not have the form that it must have"}`,
    );
  }

  return {
    spec: { ...spec, failures: [...(spec.failures ?? []), "400"] },
    explain: () => undefined,
    handle: (context) => handle({ ...context, body: undefined, query: read(context.req.query) }),
  };
}

const mistake = (message: string) => new GameError("invalid_payload", { message });

/** A query is text: numbers are read where the schema asks for one. */
function converted(schema: unknown, value: unknown): unknown {
  const isInteger =
    typeof schema === "object" && schema !== null && "type" in schema && schema.type === "integer";
  return isInteger && typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
}
