/** Settings of connections: the port, limits of clients, browsers, logs. */

import { section, setting } from "../setting.ts";
import {
  boolean,
  choice,
  duration,
  integer,
  list,
  number,
  origin,
  size,
  text,
  trustProxy,
  unlimitedByZero,
  url,
} from "../setting-types.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MANY = 10_000_000;

export const websocket = section("Connections of clients, over Socket.IO and plain WebSocket.", {
  enabled: setting(boolean, {
    description: "Whether plain WebSocket clients are served too, on /ws and the paths below.",
    default: true,
    env: ["WEBSOCKET_ENABLED"],
    field: "server.plainEndpoints",
  }),
  host: setting(text("a host name or address", 253), {
    description: "The address to listen on.",
    computed: "127.0.0.1 where auth.mode is dev, else 0.0.0.0 (all interfaces)",
    example: "127.0.0.1",
    env: ["WEBSOCKET_HOST"],
    field: "server.host",
  }),
  port: setting(integer(0, 65_535), {
    description: "The port to listen on; 0: any free one.",
    default: 3000,
    env: ["WEBSOCKET_PORT"],
    fallbackEnv: ["PORT"],
    field: "server.port",
  }),
  timeout: setting(duration(1000, 10 * MINUTE), {
    description:
      "Time for the TLS handshake, for an HTTP request, and for a WebSocket message to arrive whole. A client has this long, and at most 5s, to join a namespace.",
    default: "30s",
    env: ["WEBSOCKET_TIMEOUT"],
  }),
  read_buffer_size: setting(size(0, 2 ** 30), {
    description: "Taken for files of other servers.",
    env: ["WEBSOCKET_READ_BUFFER_SIZE"],
    unused: "Node has no such buffers to size",
  }),
  write_buffer_size: setting(size(0, 2 ** 30), {
    description: "Taken for files of other servers.",
    env: ["WEBSOCKET_WRITE_BUFFER_SIZE"],
    unused: "Node has no such buffers to size",
  }),
  max_message_size: setting(size(1024, 64 * 2 ** 20), {
    description:
      "The largest message of a client. A larger one is refused; one of twice this size ends the connection.",
    default: 512_000,
    env: ["WEBSOCKET_MAX_MESSAGE_SIZE"],
    field: "websocket.maxMessageBytes",
  }),
  ping_interval: setting(duration(100, HOUR), {
    description: "Time between two pings to a client.",
    default: "54s",
    env: ["WEBSOCKET_PING_INTERVAL", "WEBSOCKET_HEARTBEAT_INTERVAL"],
  }),
  pong_wait: setting(duration(200, HOUR), {
    description: "A client that shows no sign of life for this long is gone; longer than ping_interval.",
    default: "60s",
    env: ["WEBSOCKET_PONG_WAIT", "WEBSOCKET_CONNECTION_TIMEOUT"],
  }),
  write_wait: setting(duration(100, 10 * MINUTE), {
    description: "How long a client may take to read what was written to it.",
    default: "10s",
    env: ["WEBSOCKET_WRITE_WAIT"],
  }),
  cleanup_interval: setting(duration(1000, HOUR), {
    description: "Taken for files of other servers.",
    env: ["WEBSOCKET_CLEANUP_INTERVAL"],
    unused: "dead connections are found within a second of pong_wait, without a sweep",
  }),
  limits: section("How many connections there may be.", {
    max_connections: setting(integer(0, MANY), {
      description: "Connections of one worker that are in a namespace; 0: no limit.",
      default: 0,
      env: ["WEBSOCKET_LIMITS_MAX_CONNECTIONS"],
      field: "websocket.maxConnections",
    }),
    max_connecting: setting(unlimitedByZero(integer(0, MANY)), {
      description: "Connections of one worker that are in no namespace yet, or any more; 0: no limit.",
      default: 5000,
      env: ["WEBSOCKET_LIMITS_MAX_CONNECTING"],
      field: "websocket.maxConnecting",
    }),
    max_connections_per_user: setting(integer(0, MANY), {
      description:
        "Connections of one user, on all workers; 0: no limit. One connection may be in all namespaces.",
      default: 50,
      env: ["WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_USER"],
      field: "websocket.maxConnectionsPerUser",
    }),
    max_connections_per_address: setting(integer(0, MANY), {
      description:
        "Connections of one address on each worker; an IPv6 network of 64 bits is one. 0: no limit. Absent: 1000, and loopback addresses have none.",
      example: 1000,
      env: ["WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ADDRESS"],
      field: "websocket.maxConnectionsPerAddress",
    }),
    max_connections_per_room: setting(integer(0, MANY), {
      description: "Connections in one room, on all workers; 0: no limit.",
      default: 0,
      env: ["WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_ROOM"],
      field: "websocket.maxConnectionsPerRoom",
    }),
  }),
});

export const server = section("The process and what stands in front of it.", {
  tls_cert_file: setting(text("the path of a file"), {
    description: "A certificate in PEM form, for TLS without a proxy. Needs tls_key_file.",
    example: "cert.pem",
    env: ["TLS_CERT_FILE"],
    input: true,
  }),
  tls_key_file: setting(text("the path of a file"), {
    description: "The key of the certificate.",
    example: "key.pem",
    env: ["TLS_KEY_FILE"],
    input: true,
  }),
  trust_proxy: setting(trustProxy, {
    description: "Proxies that may name the client's address: true (one), how many, or their addresses.",
    default: false,
    env: ["TRUST_PROXY"],
  }),
  public_metrics: setting(boolean, {
    description: "Whether /metrics and the statistics are served without a token in production.",
    default: false,
    env: ["PUBLIC_METRICS"],
  }),
  compression: setting(boolean, {
    description: "Compresses messages (perMessageDeflate). Costs about 255 KB a connection.",
    default: false,
    env: ["COMPRESSION"],
  }),
  playground: setting(boolean, {
    description: "Whether /playground has a form for every command. It needs a token as every client does.",
    computed: "outside production",
    example: true,
    env: ["PLAYGROUND"],
  }),
  demo_page: setting(boolean, {
    description: "Whether the playable demo page is served at /.",
    computed: "outside production",
    example: true,
    env: ["DEMO_PAGE"],
  }),
  fast_broadcast: setting(boolean, {
    description:
      "Sends several messages to a client in one write. Off: as Socket.IO does it. Has no effect with compression.",
    default: true,
    env: ["FAST_BROADCAST"],
  }),
  fast_io: setting(boolean, {
    description:
      "Reads and writes WebSocket connections past Node's streams, for less CPU per message. Off: as Node does it. Has no effect with TLS.",
    default: true,
    env: ["FAST_IO"],
  }),
  overload_delay: setting(duration(0, MINUTE), {
    description:
      "A worker whose event loop is so late (p99) for overload_after refuses new connections, then volatile events, then who talks most; 0: never.",
    default: "500ms",
    env: ["OVERLOAD_DELAY"],
  }),
  overload_after: setting(duration(100, 10 * MINUTE), {
    description: "How long a worker must be too slow before it sheds more, and quick before it sheds less.",
    default: "5s",
    env: ["OVERLOAD_AFTER"],
  }),
  cut_off_after: setting(duration(0, 10 * MINUTE), {
    description:
      "How long a worker must be without Redis, while another worker has it, before it lets its clients go to the others; 0: never.",
    default: "3s",
    env: ["CUT_OFF_AFTER"],
  }),
  peer_url: setting(url("an address", "http", "https"), {
    description:
      "Where other workers reach this one, to ask whether it has Redis. Absent: its host and port, or its first outward address where the host is 0.0.0.0.",
    example: "http://10.0.0.11:3000",
    env: ["PEER_URL"],
  }),
  load_delay: setting(duration(0, MINUTE), {
    description:
      "How late the event loop is (p99) where a worker is full. A worker that is full for overload_after refuses new connections and real-time rooms with server_full. 0: does not count.",
    default: "250ms",
    env: ["LOAD_DELAY"],
  }),
  load_late: setting(number(0, 1), {
    description: "The share of late steps of real-time rooms where a worker is full; 0: does not count.",
    default: 0.5,
    env: ["LOAD_LATE"],
  }),
  load_unsent: setting(size(0, 2 ** 40), {
    description:
      "Bytes that wait for clients of one worker where it is full. One user counts with a twentieth of it at most, and so do all guests together. 0: does not count.",
    default: 256_000_000,
    env: ["LOAD_UNSENT"],
  }),
  drain_time: setting(duration(0, 10 * MINUTE), {
    description: "How long a stopping worker waits for its clients and their commands.",
    default: "10s",
    env: ["DRAIN_TIME"],
    field: "server.drainMs",
  }),
});

export const cors = section("Pages of other origins.", {
  origins: setting(list(origin, "a list of origins such as https://play.example.com (no path, no *)"), {
    description: "Origins of pages that may connect, beside the server's own.",
    default: [],
    example: ["https://play.example.com"],
    env: ["CORS_ORIGINS"],
  }),
});

export const log = section("The log, on standard output.", {
  level: setting(choice("fatal", "error", "warn", "info", "debug", "trace", "silent"), {
    description: "The least severe lines that are written.",
    default: "info",
    env: ["LOG_LEVEL"],
  }),
  format: setting(choice("ecs", "pretty"), {
    description: "JSON in the form of the Elastic Common Schema, or lines for people.",
    computed: "ecs in production, else pretty",
    example: "ecs",
    env: ["LOG_FORMAT"],
  }),
});

export const tracing = section("Traces of OpenTelemetry.", {
  enabled: setting(boolean, {
    description:
      "Whether commands are traced to other workers. It needs an SDK, which says where spans go: see docs/tracing.md.",
    default: false,
    env: ["TRACING"],
  }),
});
