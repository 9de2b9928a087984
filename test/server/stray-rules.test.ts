import assert from "node:assert/strict";
import { chatContract } from "../../namespaces/chat/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { strayRules } from "../../server/config/stray-rules.ts";

const rule = { max: 60, windowMs: 10_000 };

describe("rules of rate_limits", () => {
  const told = (events: object, roles: object = {}) =>
    strayRules(
      { events, roles } as Parameters<typeof strayRules>[0],
      [chatContract, matchmakingContract],
      [{ name: "get_user" }],
    );

  it("for events of namespaces, of every namespace and of the application say nothing", () => {
    const known = { chat_message: rule, ping: rule, get_user: rule };
    assert.deepEqual(told(known, { moderator: known }), []);
  });

  it("for an event that is not there are told, with the name that was meant", () => {
    assert.deepEqual(told({ chat_mesage: rule }, { admin: { get_usr: null } }), [
      "rate_limits.events.chat_mesage has no effect: there is no such event; did you mean chat_message?",
      "rate_limits.roles.admin.get_usr has no effect: there is no such event; did you mean get_user?",
    ]);
  });

  it("for another name of an event are told with the name that counts", () => {
    assert.deepEqual(told({ join_queue: rule }), [
      "rate_limits.events.join_queue has no effect: it is another name of an event; its limit goes by queue_join",
    ]);
  });
});
