/** `muster check-token`: why a token is refused, in the server's own codes. */
import { readFileSync } from "node:fs";
import { causeOf } from "../../core/contract/cause.ts";
import { GameError } from "../../core/contract/errors.ts";
import { iso, systemClock } from "../../core/time.ts";
import { readDevSecret } from "../auth/dev-secret.ts";
import { createKeySource } from "../auth/keys.ts";
import { createVerifier } from "../auth/verify.ts";
import { type Command, EXIT, print, readConfig, readOptions, say, UsageError } from "./command.ts";

export const checkToken: Command = {
  usage: `usage: muster check-token TOKEN
Checks a token as the server does: its form, algorithm, signature, times and claims. It does not look whether the token was revoked.
  TOKEN           the token; - for standard input, so that it is in no list of processes
  -h, --help      this text

Exit codes: 0 it is good; 1 it is refused; 64 wrong arguments; 78 the configuration has mistakes.`,
  async run(args) {
    const { positionals } = readOptions({ args: [...args], allowPositionals: true, options: {} });
    const [given, ...others] = positionals;
    if (given === undefined) throw new UsageError("a token is needed");
    if (others.length > 0) throw new UsageError("one token at a time");
    const token = (given === "-" ? readFileSync(0, "utf8") : given).trim();
    const { auth, store } = readConfig().config;
    const keys = createKeySource(auth, {
      clock: systemClock,
      devSecret: async () => {
        const secret = readDevSecret(store.dataDir);
        if (secret === undefined)
          throw new UsageError("there is no secret yet: start the server once, or set JWT_SECRET");
        return secret;
      },
    });
    try {
      const identity = await createVerifier(auth, keys, systemClock, { isRevoked: () => false })(token);
      const { userId, name, roles, guildId, token: times } = identity;
      print(`the token is good: user ${userId}, name ${name}, roles ${[...roles].join(", ") || "none"}`);
      if (guildId !== undefined) print(`guild ${guildId}`);
      if (times !== undefined) print(`it ends at ${iso(times.expiresAt * 1_000)}`);
      return EXIT.ok;
    } catch (err) {
      if (!(err instanceof GameError)) throw err;
      say(`${err.code}: ${causeOf(err)?.text ?? err.message}`);
      return EXIT.failed;
    } finally {
      keys.close();
    }
  },
};
