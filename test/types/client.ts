/** What a user of the typed client must not be able to write. */
import { connectMuster } from "../../client/index.ts";

const muster = connectMuster({ url: "http://127.0.0.1:1", token: async () => "token" });
const chat = muster.in("/chat");

export const said: Promise<{ offset: number }> = chat.call("chat_message", { channel: "g", content: "x" });
export const wrongInput = chat.call("chat_message", { channel: 1, content: "x" }); // TS2322
export const wrongCommand = chat.call("chat_massage", { channel: "g", content: "x" }); // TS2345
export const ofAnother = chat.call("queue_join", { game_mode: "classic" }); // TS2345
export const wrongNamespace = muster.in("/chats"); // TS2345
chat.on("chat_message", ({ content, delivery_id }) => `${content} ${delivery_id}`);
chat.on("chat_massage", () => undefined); // TS2345
chat.on("typing", ({ content }) => content); // TS2339
chat.onOther("of my own", (payload) => payload.gold); // TS18046
muster.onState((state) => state === "asleep"); // TS2367
connectMuster({ url: "/", manager: { reconnection: false } }); // TS2353
connectMuster({ url: "/", token: () => undefined }); // TS2322
