/**
 * Socket.IO's encoded packets, taken apart as text: what a plain client gets is cut out of what was encoded anyway, so that a
 * payload is never parsed and encoded again.
 */

/** The first character of an encoded packet. */
export const PACKET = {
  connect: "0",
  disconnect: "1",
  event: "2",
  ack: "3",
  connectError: "4",
  binaryAck: "6",
} as const;

export interface Head {
  /** How many binary attachments follow. */
  readonly attachments: number;
  /** Of an acknowledgement, or of an event that wants one. */
  readonly id: number | undefined;
  /** Where the packet's JSON begins. */
  readonly at: number;
}

const HEAD = /\d(?:(\d+)-)?(?:\/[^,]*(?:,|$))?(\d*)/y;

export function readHead(text: string): Head {
  HEAD.lastIndex = 0;
  const found = HEAD.exec(text);
  const id = found?.[2];
  return {
    attachments: Number(found?.[1] ?? 0),
    id: id === undefined || id === "" ? undefined : Number(id),
    at: HEAD.lastIndex,
  };
}

const NAME = /\["((?:[^"\\]|\\.)*)"/y;

/** An event's name and the JSON text of its payload: the first argument; Muster's events have no others. */
export function readEvent(text: string, at: number): { name: string; payload: string } | undefined {
  NAME.lastIndex = at;
  const found = NAME.exec(text);
  if (!found) return undefined;
  const [, raw = ""] = found;
  const name = raw.includes("\\") ? String(JSON.parse(`"${raw}"`)) : raw;
  const from = NAME.lastIndex;
  return { name, payload: text[from] === "," ? text.slice(from + 1, endOfValue(text, from + 1)) : "{}" };
}

/** The JSON text of an acknowledgement's first argument. */
export function readAck(text: string, at: number): string {
  return text[at + 1] === "]" ? "{}" : text.slice(at + 1, endOfValue(text, at + 1));
}

/** Where a JSON value ends that begins at `from` in an array: at the comma or bracket that follows it. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      do {
        at = text.indexOf('"', at + 1);
        if (at < 0) return text.length;
      } while (isEscaped(text, at));
    } else if (code === 91 || code === 123) depth++;
    else if (code === 93 || code === 125) {
      if (depth-- === 0) return at;
    } else if (code === 44 && depth === 0) return at;
  }
  return text.length;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes++;
  return backslashes % 2 === 1;
}

const PLACEHOLDER = /\{"_placeholder":true,"num":(\d+)\}/g;

/** JSON has no binary: where an attachment belongs stands `{"base64": "…"}`. */
export function withAttachments(json: string, attachments: readonly Buffer[]): string {
  if (attachments.length === 0) return json;
  return json.replace(PLACEHOLDER, (_, at: string) =>
    JSON.stringify({ base64: attachments[Number(at)]?.toString("base64") ?? "" }),
  );
}
