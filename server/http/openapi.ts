/** The OpenAPI 3.1 document, made of the routes themselves: TypeBox schemas are JSON Schema, which 3.1 takes as it is. */
import { ERRORS, type ErrorCode } from "../../core/contract/errors.ts";
import type { Answer, Route, RouteAccess, RouteSpec } from "./route.ts";
import { ErrorBody } from "./schemas.ts";

const API_VERSION = "1.0.0";

/** What failures of a status mean, in the words of their codes. */
function meaningOf(status: string): string {
  if (status === "422") return "The form is right, but the name is one of the server's own";
  const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => String(ERRORS[code].status) === status);
  return codes.length === 0 ? "Failure" : `One of ${codes.join(", ")}`;
}

function failuresOf({ access, body, failures = [] }: RouteSpec): string[] {
  const all = new Set(failures);
  if (access.kind !== "public") for (const status of ["401", "403"]) all.add(status);
  if (body) for (const status of ["400", "413"]) all.add(status);
  return [...all].sort();
}

function contentOf({ schema, type }: Answer) {
  if (schema) return { "application/json": { schema } };
  return { [type ?? "text/plain"]: { schema: { type: "string" } } };
}

function securityOf(access: RouteAccess) {
  if (access.kind === "public") return [];
  return access.kind === "open" ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

/** `/ws/:room_id/stats` as OpenAPI writes it. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)/g, "{$1}");

function operationOf(spec: RouteSpec) {
  const answers = Object.entries(spec.answers).map(([status, answer]) => {
    const content = Object.assign({}, contentOf(answer), ...(spec.alternatives ?? []).map(contentOf));
    return [status, { description: answer.description, content }] as const;
  });
  const failures = failuresOf(spec).map(
    (status) =>
      [
        status,
        { description: meaningOf(status), content: { "application/json": { schema: errorRef } } },
      ] as const,
  );
  const inPath = [...spec.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inHeaders = Object.entries(spec.headers ?? {}).map(([name, description]) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(spec.query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    schema,
  }));
  const parameters = [...inPath, ...inQuery, ...inHeaders];
  return {
    operationId: `${spec.method}${spec.path.replace(/[^a-zA-Z0-9]+(\w)?/g, (_, letter: string | undefined) => (letter ?? "").toUpperCase())}`,
    summary: spec.summary,
    ...(spec.access.kind === "console" ? { description: CONSOLE[spec.access.role] } : {}),
    security: securityOf(spec.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(spec.body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: spec.body } } } }),
    responses: Object.fromEntries([...answers, ...failures]),
  };
}

const CONSOLE = {
  viewer:
    "Of the console: for its viewers and operators, by a session of `POST /api/console/login`, a token with the role `service` or `admin`, or the API key.",
  operator:
    "Of the console: for its operators, by a session of `POST /api/console/login`, a token with the role `service` or `admin`, or the API key. It is written to the console's audit.",
} as const;

const errorRef = { $ref: "#/components/schemas/Error" };

export function openApiDocument(routes: readonly Route[]): object {
  const paths = new Map<string, Record<string, unknown>>();
  for (const { spec } of routes) {
    const path = openApiPath(spec.path);
    paths.set(path, { ...paths.get(path), [spec.method]: operationOf(spec) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Muster HTTP API",
      version: API_VERSION,
      description: "Every failure has the body `{error: {code, message}}`.",
    },
    // Seen from the document itself, so that it holds below a proxy's path too.
    servers: [{ url: ".." }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Error: ErrorBody },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "A JWT with a role that may, or the configured API key, which counts as role `service`.",
        },
      },
    },
  };
}
