/** The frames of the Go relay's and the text RPG's clients: `{"type": name, ...payload, "id"?}` both ways. */
import { withAttachments } from "../packets.ts";
import { type Dialect, readObject, spliceType } from "./dialect.ts";

export const flat: Dialect = {
  name: "flat",
  read(data) {
    const frame = readObject(data);
    if ("refused" in frame) return frame;
    const { type, id, fields } = frame;
    return { event: type, payload: fields, ...(id === undefined ? {} : { id }) };
  },
  event: (name, payload, attachments) => withAttachments(spliceType(name, payload), attachments),
  ack: (id, ack) => `{"type":"ack","id":${id},${ack.slice(1)}`,
};
