/** The OpenAPI document as a production server with tokens has it, with the console and the development server's own routes beside. */
import { tmpdir } from "node:os";
import { loadConfig } from "../../../server/config/index.ts";
import { type ConsoleRoutesDeps, consoleRoutes } from "../../../server/console/routes/index.ts";
import { apiRoutes, type HttpDeps } from "../../../server/http/app.ts";
import { openApiDocument } from "../../../server/http/openapi.ts";
import { devTokenRoutes } from "../../../server/http/tokens.ts";

/** Routes name what they need; only serving uses it. */
function routes() {
  const env = {
    NODE_ENV: "production",
    AUTH_MODE: "jwt",
    JWT_SECRET: "a-secret-of-documents-which-signs-nothing-at-all",
  };
  const { config } = loadConfig({ cwd: tmpdir(), env });
  const nothing = {};
  const inspection = { game: nothing, queues: nothing, chat: nothing, fights: nothing, world: nothing };
  const parts = { ...{ access: nothing, audit: nothing, store: nothing, cluster: nothing }, inspection };
  const deps: Pick<HttpDeps, "config"> & {
    store: object;
    security: object;
    metrics: object;
    console: object;
  } = {
    ...{ config, store: nothing, security: nothing, metrics: nothing },
    console: { routes: consoleRoutes(parts as unknown as ConsoleRoutesDeps) },
  };
  const { security } = deps as unknown as HttpDeps;
  return [...apiRoutes(deps as unknown as HttpDeps), ...devTokenRoutes(security)];
}

export const openApi = (): object => JSON.parse(JSON.stringify(openApiDocument(routes()))) as object;
