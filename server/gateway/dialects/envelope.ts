/** The envelope of DashDice's clients: `{"type": name, "user_id"?, "data": payload, "timestamp"}` both ways. */
import { withAttachments } from "../packets.ts";
import { type Dialect, readObject } from "./dialect.ts";

/** Payloads begin with their timestamp, unless a key looks like a number: those come first in an object. */
const TIMESTAMP = /^\{"timestamp":("(?:[^"\\]|\\.)*"|-?[\d.e+]+)(,?)/;

const iso = (now: number) => `"${new Date(now).toISOString()}"`;

/** A payload without its timestamp, and the timestamp, as JSON texts. */
function split(payload: string): { readonly data: string; readonly timestamp?: string } {
  const first = TIMESTAMP.exec(payload);
  if (first?.[1] !== undefined) return { data: `{${payload.slice(first[0].length)}`, timestamp: first[1] };
  if (!payload.startsWith("{") || !payload.includes('"timestamp":')) return { data: payload };
  const { timestamp, ...data } = JSON.parse(payload) as Record<string, unknown>;
  return {
    data: JSON.stringify(data),
    ...(timestamp === undefined ? {} : { timestamp: JSON.stringify(timestamp) }),
  };
}

export const envelope: Dialect = {
  name: "envelope",
  read(data) {
    const frame = readObject(data);
    if ("refused" in frame) return frame;
    const { type, id, fields } = frame;
    // `ack {delivery_id}` is the one frame that clients of every endpoint write alike.
    const payload = fields.data ?? (type === "ack" ? { delivery_id: fields.delivery_id } : {});
    return {
      event: type,
      payload,
      ...(id === undefined ? {} : { id }),
      ...(fields.user_id === undefined ? {} : { sender: fields.user_id }),
    };
  },
  event(name, payload, attachments, now) {
    const { data, timestamp = iso(now()) } = split(payload);
    const whole = `{"type":${JSON.stringify(name)},"data":${data},"timestamp":${timestamp}}`;
    return withAttachments(whole, attachments);
  },
  ack: (id, ack, now) => `{"type":"ack","id":${id},"data":${ack},"timestamp":${iso(now())}}`,
  opening({ query }) {
    const mode = query.game_mode;
    if (typeof mode !== "string" || mode === "") return undefined;
    // A client that comes back with the same address is told of its place by `queue_joined {resumed: true}`.
    return { event: "queue_join", payload: { game_mode: mode }, ignore: ["already_queued"] };
  },
};
