/**
 * Names and pictures of users from a service of your own, which answers `GET {url}/users/{id}` with `{"name": …, "picture": …}`.
 * Run it: `USER_SERVICE_URL=http://localhost:8080 node --import=tsx examples/user-names/index.ts`.
 */
import { createApp, createLog, type LoadUser, loadConfig, type UserProfile } from "../../server/index.ts";

export const usersAt =
  (url: string): LoadUser =>
  async (id, { signal }) => {
    const answer = await fetch(`${url}/users/${encodeURIComponent(id)}`, { signal });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`the user service answers ${answer.status}`);
    return (await answer.json()) as UserProfile;
  };

if (process.argv[1] === import.meta.filename) {
  const { config } = loadConfig({ env: process.env });
  const url = process.env.USER_SERVICE_URL ?? "http://localhost:8080";
  const app = await createApp(config, { log: createLog(config.log), loadUser: usersAt(url) });
  console.log(`names come from ${url}; connect to ${(await app.listen()).url}`);
  process.once("SIGINT", () => void app.close());
}
