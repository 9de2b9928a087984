/** Settings of tokens, the dashboard and the store. */
import { ALGORITHMS } from "../../auth/algorithms.ts";
import { section, setting } from "../setting.ts";
import {
  boolean,
  choice,
  duration,
  integer,
  list,
  redisUrl,
  size,
  text,
  url,
  word,
} from "../setting-types.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const line = text("one line of text");
const algorithm = {
  ...choice(...ALGORITHMS),
  read: (raw: unknown) => ALGORITHMS.find((known) => known === raw),
};

export const auth = section(
  "Tokens. Give one of secret, secret_file, public_key_file and jwks_url; production needs one.",
  {
    mode: setting(choice("dev", "jwt"), {
      description: "dev lets every user in, and is refused in production; jwt verifies tokens.",
      computed: "jwt in production or with a key, else dev",
      example: "jwt",
      env: ["AUTH_MODE"],
    }),
    secret: setting(line, {
      description: "The secret of HS256 tokens, 32 bytes or more: openssl rand -base64 48",
      env: ["JWT_SECRET"],
      secret: true,
      input: true,
    }),
    secret_file: setting(text("the path of a file"), {
      description: "A file with the secret.",
      example: "jwt.key",
      env: ["JWT_SECRET_FILE"],
      input: true,
    }),
    public_key_file: setting(text("the path of a file"), {
      description: "A public key in PEM form: RS256, ES256 and so on, by the kind of the key.",
      example: "jwt.pem",
      env: ["JWT_PUBLIC_KEY_FILE"],
      input: true,
    }),
    jwks_url: setting(url("an address", "https", "http"), {
      description: "Where the issuer publishes its keys.",
      example: "https://login.example.com/.well-known/jwks.json",
      env: ["JWT_JWKS_URL"],
      input: true,
    }),
    algorithms: setting(list(algorithm, `a list of ${ALGORITHMS.join(", ")}`), {
      description: "What tokens may be signed with. Absent: what the key is for.",
      example: ["HS256"],
      env: ["JWT_ALGORITHMS"],
      input: true,
    }),
    issuer: setting(text("the text of the claim iss"), {
      description: "The claim iss that tokens must have. Absent: any.",
      example: "https://login.example.com",
      env: ["JWT_ISSUER"],
    }),
    audience: setting(list(line, "one text of the claim aud, or a list of them"), {
      description: "The claim aud: a token must have one of these. Absent: any.",
      example: ["muster"],
      env: ["JWT_AUDIENCE"],
    }),
    user_claim: setting(text("the name of a claim", 128), {
      description: "The claim that is the user's id; a number becomes text. Absent: sub, which must be text.",
      example: "id",
      env: ["JWT_USER_CLAIM"],
    }),
    max_token_age: setting(duration(MINUTE, 3650 * DAY), {
      description: "How far ahead the claim exp may be; revocations are kept as long.",
      default: "3650d",
      env: ["JWT_MAX_AGE"],
    }),
    api_key: setting(line, {
      description: "A key for the HTTP API, with the role service.",
      env: ["API_KEY"],
      secret: true,
    }),
  },
);

export const admin = section("The dashboard, at /admin, and the console, at /console.", {
  enabled: setting(boolean, {
    description: "Whether it is served.",
    computed: "outside production, and with a user and a password",
    example: true,
    env: ["ADMIN_ENABLED"],
  }),
  username: setting(text("one line of text", 128), {
    description: "The user who may log in. Needs password.",
    example: "admin",
    env: ["ADMIN_USERNAME"],
  }),
  password: setting(line, {
    description: "The user's password, 12 characters or more.",
    env: ["ADMIN_PASSWORD"],
    secret: true,
  }),
  viewer_username: setting(text("one line of text", 128), {
    description:
      "Another user, for the console alone, who may look and change nothing. Needs viewer_password.",
    example: "support",
    env: ["ADMIN_VIEWER_USERNAME"],
  }),
  viewer_password: setting(line, {
    description: "The viewer's password, 12 characters or more.",
    env: ["ADMIN_VIEWER_PASSWORD"],
    secret: true,
  }),
  mode: setting(choice("development", "production"), {
    description: "development shows every socket, and costs more.",
    computed: "production in production, else development",
    example: "production",
    env: ["ADMIN_MODE"],
  }),
  read_only: setting(boolean, {
    description:
      "Whether the dashboard only shows. Else its buttons send events, join, leave and disconnect; each is audited.",
    computed: "unless mode is development",
    example: false,
    env: ["ADMIN_READ_ONLY"],
  }),
});

export const store = section("What is stored, and where.", {
  redis_url: setting(redisUrl, {
    description:
      "Redis, for any number of workers; also redis+sentinel:// and redis+cluster://. Absent: the embedded store, for one process.",
    example: "redis://127.0.0.1:6379",
    env: ["REDIS_URL"],
    secret: true,
  }),
  redis_password: setting(line, {
    description: "The password of Redis, where the address has none.",
    env: ["REDIS_PASSWORD"],
    secret: true,
  }),
  redis_sentinel_password: setting(line, {
    description: "The password of the Sentinels.",
    env: ["REDIS_SENTINEL_PASSWORD"],
    secret: true,
  }),
  redis_prefix: setting(word(64), {
    description: "The beginning of every key. Another one for each cluster that shares one Redis.",
    default: "muster",
    env: ["REDIS_PREFIX"],
  }),
  redis_replicas_confirm: setting(integer(0, 16), {
    description:
      "So many replicas of Redis must have what a command wrote before it is acknowledged; otherwise unavailable after half a second, and then at once until they have. Of a Redis Cluster, of each primary. 0: no replica is waited for.",
    default: 0,
    env: ["REDIS_REPLICAS_CONFIRM"],
  }),
  capacity: setting(size(2 ** 20, 2 ** 50), {
    description:
      "What the store may hold; of a Redis Cluster, each primary. Absent: maxmemory of Redis, or else the memory of its machine; of the embedded store, what the disk has room for.",
    example: "8gb",
    env: ["STORE_CAPACITY"],
  }),
  reserve: setting(integer(1, 50), {
    description:
      "Percent of it that is kept for games, queues and sessions: messages that would take it are refused.",
    default: 10,
    env: ["STORE_RESERVE"],
  }),
  data_dir: setting(text("the path of a folder"), {
    description: "The folder of the embedded store, and of the secret that is made for development.",
    default: "data",
    env: ["DATA_DIR"],
  }),
});
