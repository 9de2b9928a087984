/** Where users of a load run get their tokens: made with the server's own key, by a command of the author's, or not at all. */
import { execFile } from "node:child_process";
import { createSecretKey } from "node:crypto";
import { promisify } from "node:util";
import type { TokenSupply } from "../../../load/engine/crowd.ts";
import type { LoadClaims } from "../../../load/scenario.ts";
import { readDevSecret } from "../../auth/dev-secret.ts";
import { mintToken } from "../../auth/mint.ts";
import type { AuthConfig, Config } from "../../config/index.ts";
import { LoadRunError, textOf } from "./failures.ts";

const TOKEN_TTL_MS = 3_600_000;
const COMMAND_MS = 10_000;
const MOST_BYTES = 16_384;
/** Commands under way at the same time, in each process. */
const COMMANDS = 4;

/** As it goes to the load processes, over their own channel: never on a command line. */
export type TokenPlan =
  | { readonly kind: "name" }
  | { readonly kind: "guest" }
  | { readonly kind: "command"; readonly command: string }
  | {
      readonly kind: "secret";
      readonly secret: string;
      readonly auth: Pick<AuthConfig, "algorithms" | "issuer" | "audience" | "userClaim">;
      readonly ttlMs: number;
    };

const WHAT_TO_DO =
  "set JWT_SECRET as the server has it, or give --token-command, or --dev for a server with AUTH_MODE=dev";

/** @throws LoadRunError `token_key_missing` */
export function secretTokens({ auth, store }: Config): TokenPlan {
  const { keys, algorithms, issuer, audience, userClaim, maxTokenAgeMs } = auth;
  const secret =
    keys.kind === "secret" ? keys.secret : keys.kind === "dev" ? readDevSecret(store.dataDir) : undefined;
  if (secret === undefined)
    throw new LoadRunError(
      "token_key_missing",
      `there is no secret to sign tokens of users with: ${WHAT_TO_DO}`,
    );
  return {
    kind: "secret",
    secret: String(secret),
    ttlMs: Math.min(TOKEN_TTL_MS, maxTokenAgeMs),
    auth: {
      algorithms,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
      ...(userClaim !== undefined && { userClaim }),
    },
  };
}

export function supplyOf(plan: TokenPlan): TokenSupply {
  switch (plan.kind) {
    case "name":
    case "guest":
      return {
        identity: plan.kind,
        tokenFor: () => Promise.reject(new Error("users have no tokens in this run")),
      };
    case "command":
      return byCommand(plan.command);
    case "secret": {
      const key = createSecretKey(Buffer.from(plan.secret));
      return {
        identity: "token",
        tokenFor: async (userId, claims) =>
          mintToken(key, plan.auth, { ...claims, userId, ttlMs: plan.ttlMs }),
      };
    }
  }
}

/** The command's standard output is the token. It gets the user's id and the scenario's claims in its environment. */
function byCommand(command: string): TokenSupply {
  let running = 0;
  const waiting: (() => void)[] = [];
  const turn = async () => {
    if (running < COMMANDS) running++;
    // Who ends passes the place on: one who comes in between can't take it too.
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  async function tokenFor(user: string, claims: LoadClaims): Promise<string> {
    await turn();
    try {
      const { stdout } = await promisify(execFile)("sh", ["-c", command], {
        timeout: COMMAND_MS,
        maxBuffer: MOST_BYTES,
        env: { ...process.env, MUSTER_LOAD_USER: user, MUSTER_LOAD_CLAIMS: JSON.stringify(claims) },
      });
      const token = stdout.trim();
      if (token === "" || /\s/.test(token)) throw new Error("it printed no token, or more than one line");
      return token;
    } catch (thrown) {
      // What the command printed may be secret.
      throw new Error(`--token-command: ${reasonOf(thrown)}`);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }
  return { identity: "token", tokenFor };
}

interface CommandFailure {
  readonly code?: unknown;
  readonly killed?: boolean;
  readonly signal?: unknown;
}

/** Without the message of a failed command, which has the command and all that it printed as an error. */
function reasonOf(thrown: unknown): string {
  const { code, killed, signal } = thrown as CommandFailure;
  if (typeof code === "string") return code;
  if (killed) return `it took more than ${COMMAND_MS} ms`;
  if (typeof code === "number") return `it ended with ${code}`;
  return typeof signal === "string" ? `it was ended by ${signal}` : textOf(thrown);
}
