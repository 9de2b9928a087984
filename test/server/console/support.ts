/** The console as an operator and a viewer use it. */
import assert from "node:assert/strict";
import { Value } from "typebox/value";
import type { Setup, StartOptions, TestApp } from "../../support/app.ts";
import { get, post, type Reply } from "../../support/http.ts";

export const OPERATOR = { username: "olga", password: "rather-long-and-not-obvious" };
export const VIEWER = { username: "vic", password: "another-one-that-is-long" };
const ENV = {
  ADMIN_USERNAME: OPERATOR.username,
  ADMIN_PASSWORD: OPERATOR.password,
  ADMIN_VIEWER_USERNAME: VIEWER.username,
  ADMIN_VIEWER_PASSWORD: VIEWER.password,
};

export const startWith = (setup: Pick<Setup, "start">, options: StartOptions = {}) =>
  setup.start({ ...options, env: { ...ENV, ...options.env } });

export async function logIn(app: TestApp, who: object = OPERATOR): Promise<string> {
  const { status, body } = await post(`${app.url}/api/console/login`, who);
  assert.equal(status, 200, JSON.stringify(body));
  return String(body.session);
}

/** Asks the last worker, which is another than most clients are at. */
export async function look<T = Record<string, unknown>>(
  app: TestApp,
  token: string,
  path: string,
): Promise<T> {
  const { status, body } = await asked(app, token, path);
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
  await checkAsDescribed(app, path, body);
  return body as T;
}

interface Described {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get?: {
          readonly responses: Record<string, { content: Record<string, { schema: object }> }>;
        };
      }
    >
  >;
}

/** An answer has the form that the OpenAPI document gives it, and nothing else. */
async function checkAsDescribed(app: TestApp, path: string, body: object): Promise<void> {
  const document = (await get(`${app.url}/api/openapi.json`)).body as unknown as Described;
  const asked = `/api/console/${path.split("?")[0]}`;
  const found = Object.entries(document.paths)
    .filter(([name]) => new RegExp(`^${name.replace(/\{\w+\}/g, "[^/]+")}$`).test(asked))
    // Names before what stands for any.
    .sort(([a], [b]) => a.split("{").length - b.split("{").length)[0]?.[1];
  const schema = found?.get?.responses["200"]?.content["application/json"]?.schema;
  assert.ok(schema, `${path} is in no document`);
  const [mistake] = Value.Errors(closed(schema) as object, body);
  assert.equal(mistake, undefined, `${path}: ${JSON.stringify(mistake)}`);
}

export const asked = (app: TestApp, token: string, path: string): Promise<Reply> =>
  get(`${app.urls.at(-1)}/api/console/${path}`, { token });

export const act = (app: TestApp, token: string, action: string, body: object): Promise<Reply> =>
  post(`${app.urls.at(-1)}/api/console/${action}`, body, { token });

/** The schema, without fields that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, one]) => [name, closed(one)]));
  return "properties" in schema ? { additionalProperties: false, ...inner } : inner;
}

export type Items = Record<string, unknown>[];

/** All pages of a list. */
export async function pages(app: TestApp, token: string, path: string, name: string): Promise<Items> {
  const all: Items = [];
  for (let cursor: string | undefined, page = 0; page === 0 || cursor !== undefined; page++) {
    assert.ok(page < 50, "the list has no end");
    const next: string = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const body: Record<string, unknown> = await look(app, token, `${path}${next}`);
    all.push(...(body[name] as Items));
    cursor = body.cursor as string | undefined;
  }
  return all;
}
