/* The chat: the channel of everybody, and the party's while the player is in one. */
import { ask, newId } from "./connection.js";
import { $, complain, make, scrolling, text } from "./dom.js";
import { callTo } from "./tabs.js";

const MOST = 200;
const PAGE = 50;

export function talk(me, chat) {
  const list = $("messages");
  const toEnd = scrolling($("talk"));
  const content = $("content");
  const channels = { global: newChannel(), party: newChannel() };
  let shown = "global";

  function newChannel() {
    return { lines: [], cursor: undefined, loading: undefined };
  }

  function lineOf({ user, user_id, content, deleted }) {
    const words = deleted ? make("i", { className: "soft" }, "deleted") : content;
    const name = make("b", { className: user_id === me ? "mine" : "" }, user);
    return make("li", {}, name, make("span", {}, words));
  }

  /** Entries of a channel's stream, each once: what is not after the cursor has been seen. */
  function take(name, entry) {
    const channel = channels[name];
    const { cursor } = channel;
    if (cursor && entry.epoch === cursor.epoch && entry.offset <= cursor.offset) return;
    channel.cursor = { epoch: entry.epoch, offset: entry.offset };
    const { event = "chat_message" } = entry;
    if (event === "chat_message") {
      const line = lineOf(entry);
      line.dataset.id = entry.message_id;
      channel.lines.push(line);
      if (name === shown) list.append(line);
      if (channel.lines.length > MOST) channel.lines.shift().remove();
      toEnd();
    } else if (event === "message_edited" || event === "message_deleted") {
      const line = channel.lines.find(({ dataset }) => dataset.id === entry.message_id);
      if (line) text(line.lastChild, event === "message_edited" ? entry.content : "deleted");
    }
  }

  async function read(name) {
    const channel = channels[name];
    if (channel.cursor) {
      const { channels: answers } = await ask(chat, "sync", {
        cursors: [{ channel: name, ...channel.cursor }],
      });
      const [answer] = answers;
      if (answer?.recovered) {
        for (const entry of answer.messages) take(name, { epoch: answer.epoch, ...entry });
        if (answer.has_more) await read(name);
        return;
      }
    }
    const { messages, epoch } = await ask(chat, "history", { channel: name, limit: PAGE });
    if (channels[name] !== channel) return;
    for (const line of channel.lines.splice(0)) line.remove();
    channel.cursor = undefined;
    for (const entry of messages) take(name, { epoch, ...entry });
  }

  /** One reading at a time: what comes live meanwhile is taken after it. */
  function load(name) {
    const channel = channels[name];
    channel.loading ??= read(name)
      .catch((error) => {
        if (name === "global") complain(`Chat: ${error.message}`);
      })
      .finally(() => {
        channel.loading = undefined;
      });
    return channel.loading;
  }

  function show(name) {
    shown = name;
    list.replaceChildren(...channels[name].lines);
    toEnd();
    for (const tab of document.querySelectorAll("#channels button"))
      tab.setAttribute("aria-pressed", String(tab.dataset.channel === name));
  }

  for (const event of ["chat_message", "message_edited", "message_deleted"])
    chat.on(event, async (entry) => {
      const { channel: name } = entry;
      if (!(name in channels)) return;
      await channels[name].loading;
      take(name, { ...entry, event });
      if (event === "chat_message" && entry.user_id !== me) {
        callTo("talk");
        if (name !== shown) document.querySelector(`[data-channel="${name}"]`).classList.add("calls");
      }
    });
  chat.on("lost", ({ channel }) => channel in channels && load(channel));
  chat.on("connect", () => {
    load("global");
    if (!$("channels").hidden) load("party");
  });
  load("global");
  show("global");

  for (const tab of document.querySelectorAll("#channels button"))
    tab.addEventListener("click", () => {
      tab.classList.remove("calls");
      show(tab.dataset.channel);
    });

  $("chat").addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = content.value.trim();
    if (!words) return;
    content.value = "";
    try {
      await ask(chat, "chat_message", {
        channel: shown,
        content: words,
        client_msg_id: newId(),
      });
    } catch (error) {
      content.value ||= words;
      complain(error.message);
    }
  });

  return {
    /** The party's channel is there while the player is in a party. */
    party(id) {
      if (channels.party.id === id) return;
      channels.party = { ...newChannel(), id };
      $("channels").hidden = id === undefined;
      show(id === undefined || shown !== "party" ? "global" : "party");
      if (id !== undefined) load("party");
    },
  };
}
