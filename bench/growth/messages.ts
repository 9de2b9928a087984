/** Messages to rooms, to everybody, and to one other. */
import { call } from "../support/pipelined.ts";
import { type Act, connectUsers, DATA, inLanes, LANES, USERS } from "./act.ts";

/** Members of `publish-to-many`. */
export const HEARD_BY = 200;

function publishing(name: string, where: "one" | "all"): Act {
  const members = { one: "members on one worker", all: "members on every worker" }[where];
  return {
    name,
    summary: `a message to a room with ${members}`,
    unit: "publish",
    ...(where === "all" ? {} : { apartFrom: 1 }),
    async prepare(cluster) {
      const only = where === "all" ? undefined : 0;
      const members = await connectUsers(cluster, "/", only === undefined ? {} : { only });
      const room = `room-${name}`;
      for (const member of members) await call(member, "", subscribe(room));
      const size = cluster.urls.length;
      // The senders are on the first worker, wherever the members are.
      const senders = members.filter((_, at) => only === 0 || at % size === 0).slice(0, LANES);
      return (times) => inLanes(senders, members, times, (client) => call(client, "", publish(room)));
    },
  };
}

const subscribe = (room: string) => `["subscribe",{"room":"${room}"}]`;
const publish = (room: string) => `["publish",{"room":"${room}","data":${DATA}}]`;

/** Senders of one worker, each in a room of its own, and so many members of all these rooms on another worker. */
function publishingTo(name: string, summary: string, members: number): Act {
  return {
    name,
    summary,
    unit: "publish",
    apartFrom: 1,
    async prepare(cluster) {
      const senders = await connectUsers(cluster, "/", { count: LANES, only: 0 });
      const others = await connectUsers(cluster, "/", { count: members, only: 1, name: "other" });
      const room = (at: number) => `room-${name}-${at}`;
      for (const [at, sender] of senders.entries()) await call(sender, "", subscribe(room(at)));
      for (const other of others) for (const at of senders.keys()) await call(other, "", subscribe(room(at)));
      return (times) =>
        inLanes(senders, [...senders, ...others], times, (client) =>
          call(client, "", publish(room(senders.indexOf(client)))),
        );
    },
  };
}

/** Users on all workers, of whom a few send what reaches them all. */
function toEverybody(
  named: Pick<Act, "name" | "summary" | "unit">,
  namespace: "/" | "/chat",
  command: string,
  count = USERS,
): Act {
  return {
    ...named,
    async prepare(cluster) {
      const users = await connectUsers(cluster, namespace, { count });
      const wire = namespace === "/" ? "" : `${namespace},`;
      return (times) => inLanes(users.slice(0, LANES), users, times, (client) => call(client, wire, command));
    },
  };
}

const broadcast = toEverybody(
  { name: "broadcast", summary: "a message to everybody, who are on every worker", unit: "broadcast" },
  "/",
  `["broadcast",{"data":${DATA}}]`,
);

const SAY = '["chat_message",{"channel":"global","content":"of some length, as people write them"}]';

/** The same with nobody there but those who send. */
const chatAmongFew = toEverybody(
  { name: "chat-few", summary: "a chat message that four follow", unit: "message" },
  "/chat",
  SAY,
  LANES,
);

/** A command that is answered and stored nowhere. */
const command = toEverybody(
  { name: "command", summary: "a command that is answered at once", unit: "command" },
  "/",
  '["ping",{}]',
);

const chat = toEverybody(
  {
    name: "chat",
    summary: "a chat message in `global`, which everybody on every worker follows",
    unit: "message",
  },
  "/chat",
  SAY,
);

const direct: Act = {
  name: "direct",
  summary: "a private chat message between two users of one worker",
  unit: "message",
  apartFrom: 1,
  async prepare(cluster) {
    const users = await connectUsers(cluster, "/chat", { count: 8, only: 0 });
    const sayTo = (to: number) =>
      `["chat_message",{"channel":"private","to":"user${to}","content":"of some length"}]`;
    return (times) =>
      inLanes(users.slice(0, LANES), users, times, (client) =>
        call(client, "/chat,", sayTo(4 + users.indexOf(client))),
      );
  },
};

const typing: Act = {
  name: "typing",
  summary: "a user types to another of the same worker",
  unit: "event",
  apartFrom: 1,
  async prepare(cluster) {
    const users = await connectUsers(cluster, "/chat", { count: 8, only: 0 });
    for (const [at, user] of users.entries())
      await call(
        user,
        "/chat,",
        `["chat_message",{"channel":"private","to":"user${(at + 4) % 8}","content":"hi"}]`,
      );
    return (times) =>
      inLanes(users.slice(0, LANES), users, times, (client, at) =>
        call(
          client,
          "/chat,",
          `["typing",{"channel":"private","to":"user${4 + users.indexOf(client)}","typing":${Math.floor(at / 4) % 2 === 0}}]`,
        ),
      );
  },
};

/** What a message costs a worker that has members and not the sender: with one, and with many. For two workers. */
export const HEARD: readonly Act[] = [
  publishingTo("publish-to-one", "a message to a member on another worker", 1),
  publishingTo("publish-to-many", "a message to many members on another worker", HEARD_BY),
];

export const MESSAGES: readonly Act[] = [
  command,
  publishingTo("publish-alone", "a message to a room with no member but its sender", 0),
  publishing("publish-one", "one"),
  publishing("publish-all", "all"),
  broadcast,
  chatAmongFew,
  chat,
  direct,
  typing,
];
