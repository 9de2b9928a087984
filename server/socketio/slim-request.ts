/**
 * What is kept of the request that a connection was made with. The request itself (parser state, raw headers, streams) stays in memory
 * as long as its connection, four kilobytes that nobody reads again: headers, address and query are all that Socket.IO's handshakes and
 * this server look at, also for namespaces that are joined later.
 */
import { IncomingMessage } from "node:http";
import type { Server } from "socket.io";

interface Connection {
  request: unknown;
}

/** In the form in which Socket.IO reads a request. */
function slim(request: IncomingMessage) {
  const { headers, method, url, socket } = request;
  const connection = {
    remoteAddress: socket.remoteAddress,
    encrypted: "encrypted" in socket && socket.encrypted === true,
  };
  const query: unknown = "_query" in request ? request._query : {};
  return { headers, method, url, socket: connection, connection, _query: query };
}

/** After the server is attached to its port; from then on for each new connection of Engine.IO's. */
export function slimRequests(io: Server): void {
  io.engine.on("connection", (connection: Connection) => {
    if (connection.request instanceof IncomingMessage) connection.request = slim(connection.request);
  });
}
