/**
 * An event of an application's own, with a small service behind it: `get_user` on `/` answers with `user_response`.
 * Run it: `node --import=tsx examples/get-user/index.ts`.
 */
import { Type } from "typebox";
import { createApp, createLog, defineEvent, GameError, loadConfig } from "../../server/index.ts";

/** Stands for your application's own list of users. */
export class Users {
  readonly #byEmail = new Map([["test@example.com", { id: "u1", name: "Test" }]]);

  async byEmail(email: string): Promise<{ id: string; name: string }> {
    const user = this.#byEmail.get(email);
    if (!user) throw new GameError("not_found", { message: "nobody has this address" });
    return user;
  }
}

const User = Type.Object({ id: Type.String(), name: Type.String() });

export const getUser = (users: Users) =>
  defineEvent({
    namespace: "/",
    name: "get_user",
    summary: "Looks a user up by email; answered with `user_response`.",
    schema: Type.Object({ email: Type.String({ minLength: 3, maxLength: 254 }) }),
    // For the types that `muster types` writes: what the answer has, and what else is sent.
    result: Type.Object({ user: User }),
    sends: { user_response: Type.Object({ email: Type.String(), user: User }) },
    async handle({ send }, { email }) {
      const user = await users.byEmail(email);
      send("user_response", { email, user });
      return { user };
    },
  });

if (process.argv[1] === import.meta.filename) {
  const { config } = loadConfig({ env: process.env });
  const app = await createApp(config, { log: createLog(config.log), events: [getUser(new Users())] });
  console.log(
    `send {"type":"get_user","email":"test@example.com"} to ${(await app.listen()).url.replace("http", "ws")}/ws`,
  );
  process.once("SIGINT", () => void app.close());
}
