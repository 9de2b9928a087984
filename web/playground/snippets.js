/** A command as code: what one would write to send it oneself. `TOKEN` stands for the user's token. */
import { base } from "./links.js";

const origin = base.href.replace(/\/$/, "");

const json = (value) => JSON.stringify(value);
/** For a shell, between single quotes. */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** @param command `{namespace, name, payload, plain: {path, enveloped}}` */
export function snippet(kind, { namespace, name, payload, plain }) {
  switch (kind) {
    case "socket.io":
      return `import { io } from "socket.io-client";

const socket = io(${json(base.origin + namespace)}, { path: ${json(`${base.pathname}socket.io/`)}, auth: { token: TOKEN } });
socket.onAny((event, ...args) => console.log(event, ...args));
const answer = await socket.timeout(5000).emitWithAck(${json(name)}, ${json(payload)});
console.log(answer);
`;
    case "typed":
      return `import { connectMuster } from "muster-client";

const muster = connectMuster({ url: ${json(origin)}, token: () => TOKEN });
const result = await muster.in(${json(namespace)}).call(${json(name)}, ${json(payload)});
console.log(result);
`;
    case "plain": {
      const url = new URL(plain.path, base);
      url.protocol = base.protocol.replace("http", "ws");
      const frame = plain.enveloped
        ? { type: name, id: 1, data: payload }
        : { ...payload, type: name, id: 1 };
      return `const ws = new WebSocket(${json(url.href)} + "?token=" + TOKEN);
ws.onopen = () => ws.send(JSON.stringify(${json(frame)}));
ws.onmessage = ({ data }) => console.log(data);
`;
    }
    case "curl": {
      const at = `${origin}/socket.io/?EIO=4&transport=polling`;
      const of = namespace === "/" ? "" : `${namespace},`;
      return `# Socket.IO over HTTP polling: a session, its namespace, the command, what came.
SID=$(curl -s ${quoted(at)} | sed 's/.*"sid":"\\([^"]*\\)".*/\\1/')
curl -s ${quoted(at)}"&sid=$SID" -H 'content-type: text/plain' -d '40${of}{"token":"'"$TOKEN"'"}'
curl -s ${quoted(at)}"&sid=$SID"
curl -s ${quoted(at)}"&sid=$SID" -H 'content-type: text/plain' -d ${quoted(`42${of}1${json([name, payload])}`)}
# Events may come before the answer.
while ANSWER=$(curl -sf ${quoted(at)}"&sid=$SID") && echo "$ANSWER" && [[ $ANSWER != *${quoted(`43${of}1[`)}* ]]; do :; done
`;
    }
    default:
      return "";
  }
}
