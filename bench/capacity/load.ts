/** What a game asks of its servers, read from a command line. */
export interface Load {
  /** Connections; each is one user. */
  readonly users: number;
  /** Namespaces that a user is connected to. */
  readonly namespaces: number;
  /** How long a user stays, in minutes: users come and go as often as that makes. */
  readonly sessionMinutes: number;
  /** Of one user in a minute: commands that are answered and stored nowhere, messages to a room, in chat, to one other, changes of status. */
  readonly commands: number;
  readonly publishes: number;
  readonly chats: number;
  readonly directs: number;
  readonly statuses: number;
  /** Users that a message to a room, or in a channel, reaches. */
  readonly members: number;
  /** Matches that begin in a minute, and tickets that wait. */
  readonly matches: number;
  readonly tickets: number;
  /** Rooms that are listed. */
  readonly rooms: number;
  /** Real-time rooms, their players and ticks a second. */
  readonly realtimeRooms: number;
  readonly players: number;
  readonly hz: number;
  /** Chat messages that are kept. */
  readonly messages: number;
  /** Of a core and of a network that are used at most, 0 to 1. */
  readonly use: number;
  /** Memory of a worker, in megabytes. */
  readonly workerMb: number;
}

interface Field {
  readonly option: string;
  readonly help: string;
  readonly standard: number;
  readonly least: number;
  readonly most: number;
  readonly whole?: true;
}

const MILLION = 1_000_000;

export const FIELDS: Readonly<Record<keyof Load, Field>> = {
  users: field("users", "connections, one of each user", 10_000, 0, 10 * MILLION, true),
  namespaces: field("namespaces", "namespaces of a user", 2, 1, 6, true),
  sessionMinutes: field("session-minutes", "how long a user stays", 30, 0.1, 100_000),
  commands: field("commands", "commands of a user in a minute", 10, 0, 6_000),
  publishes: field("publishes", "messages to a room of a user in a minute", 2, 0, 6_000),
  chats: field("chats", "chat messages of a user in a minute", 0.5, 0, 6_000),
  directs: field("directs", "private messages of a user in a minute", 0.2, 0, 6_000),
  statuses: field("statuses", "changes of status of a user in a minute", 0.2, 0, 6_000),
  members: field("members", "users that a message to a room or in chat reaches", 10, 0, 10 * MILLION),
  matches: field("matches", "matches that begin in a minute", 0, 0, 10 * MILLION),
  tickets: field("tickets", "tickets that wait", 0, 0, 10 * MILLION, true),
  rooms: field("rooms", "rooms that are listed", 0, 0, 10 * MILLION, true),
  realtimeRooms: field("realtime-rooms", "real-time rooms", 0, 0, 10 * MILLION, true),
  players: field("players", "players of a real-time room", 8, 1, 1_000, true),
  hz: field("hz", "ticks of a real-time room in a second", 30, 1, 120),
  messages: field("messages", "chat messages that are kept", 0, 0, 1_000 * MILLION, true),
  use: field("use", "of a core that is used at most", 0.5, 0.05, 1),
  workerMb: field("worker-mb", "memory of a worker, in MB", 1_024, 256, 65_536),
};

function field(
  option: string,
  help: string,
  standard: number,
  least: number,
  most: number,
  whole?: true,
): Field {
  return { option, help, standard, least, most, ...(whole && { whole }) };
}

/** `unknown_option`, `not_a_number`, `not_whole`, `out_of_range` or `no_value`. */
export class LoadError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

const names = Object.keys(FIELDS) as (keyof Load)[];

/**
 * @param words such as `["--users", "100000", "--rooms=50"]`; what is not named has its standard value
 * @throws LoadError where an option is unknown, or its value is missing, no number, or out of range
 */
export function loadOf(words: readonly string[]): Load {
  const load = Object.fromEntries(names.map((name) => [name, FIELDS[name].standard])) as Record<
    keyof Load,
    number
  >;
  for (let at = 0; at < words.length; at++) {
    const [option = "", given] = (words[at] ?? "").split("=", 2);
    const name = names.find((each) => `--${FIELDS[each].option}` === option);
    if (name === undefined) throw new LoadError("unknown_option", `${option}; \`--help\` lists all`);
    const value = given ?? words[++at];
    if (value === undefined || value === "" || value.startsWith("--"))
      throw new LoadError("no_value", `${option} wants a number`);
    load[name] = numberOf(FIELDS[name], value);
  }
  return load;
}

function numberOf({ option, least, most, whole }: Field, value: string): number {
  const number = /^[\d_,]*\.?\d+(e\d+)?$/i.test(value) ? Number(value.replace(/[_,]/g, "")) : Number.NaN;
  if (Number.isNaN(number)) throw new LoadError("not_a_number", `--${option} ${value}`);
  if (whole && !Number.isInteger(number)) throw new LoadError("not_whole", `--${option} ${value}`);
  if (number < least || number > most)
    throw new LoadError("out_of_range", `--${option} ${value}: ${least} to ${most}`);
  return number;
}
