/** The console as an operator and a viewer use it. */
import assert from "node:assert/strict";
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
  return body as T;
}

export const asked = (app: TestApp, token: string, path: string): Promise<Reply> =>
  get(`${app.urls.at(-1)}/api/console/${path}`, { token });

export const act = (app: TestApp, token: string, action: string, body: object): Promise<Reply> =>
  post(`${app.urls.at(-1)}/api/console/${action}`, body, { token });
