/** The connections of one user who sends without waiting for the answers. */
import type { KeyObject } from "node:crypto";
import { mintToken } from "../../server/auth/mint.ts";
import { Client } from "./client.ts";
import type { PipelinedWork } from "./messages.ts";

const CHANNEL = "tavern";
const LISTENER = "listener";
const CONTENT = "a message of some length, as people write them";
const DATA = `{"p":"${"x".repeat(24)}"}`;

interface Server {
  readonly host: string;
  readonly port: number;
  /** Of a server that wants tokens. */
  readonly key?: KeyObject;
}

interface Pipelined {
  readonly sender: Client;
  /** As on the wire. */
  readonly namespace: string;
  readonly body: string;
}

/** @throws Error where a connection or a command is refused */
export async function preparePipelined(work: PipelinedWork, server: Server): Promise<Pipelined> {
  const user = `pipelined-${work}`;
  if (work === "echo" || work === "publish") {
    const sender = await connected(server, "/", user);
    if (work === "echo") return { sender, namespace: "", body: '["echo",{}]' };
    await call(sender, "", '["subscribe",{"room":"arena"}]');
    return { sender, namespace: "", body: `["publish",{"room":"arena","data":${DATA}}]` };
  }
  const sender = await connected(server, "/chat", user);
  const say = (where: string) => ({
    sender,
    namespace: "/chat,",
    body: `["chat_message",{${where},"content":"${CONTENT}"}]`,
  });
  if (work === "global") return say('"channel":"global"');
  if (work === "private") {
    await connected(server, "/chat", LISTENER);
    return say(`"channel":"private","to":"${LISTENER}"`);
  }
  const admin = await connected(server, "/chat", "admin", "admin");
  await call(admin, "/chat,", `["channel_create",{"channel":"${CHANNEL}"}]`);
  admin.close();
  await call(sender, "/chat,", `["channel_join",{"channel":"${CHANNEL}"}]`);
  return say(`"channel":"${CHANNEL}"`);
}

function connected(
  { key, ...at }: Server,
  namespace: string,
  userId: string,
  role: "player" | "admin" = "player",
): Promise<Client> {
  const claims = {
    userId,
    roles: [role],
    issuedAt: Math.floor(Date.now() / 1_000),
    ttlMs: 3_600_000,
  };
  const token = key && mintToken(key, { algorithms: ["HS256"] }, claims);
  return new Client({ ...at, namespaces: [namespace], ...(token === undefined ? {} : { token }) }).ready;
}

/** One command that is acknowledged. @throws Error where it is refused */
export function call(client: Client, namespace: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.onAck = (_, chunk, start, end) => {
      const answer = chunk.toString("utf8", start, end);
      if (answer.includes('"ok":true')) resolve();
      else reject(new Error(`${command}: ${answer}`));
    };
    client.command(namespace, 0, command);
  });
}
