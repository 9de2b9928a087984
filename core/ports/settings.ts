import type { StreamRetention } from "./store/streams.ts";

/** Settings that more than one namespace reads; the rest are options of their namespace. */
export interface Settings {
  readonly authMode: "dev" | "jwt";
  readonly production: boolean;
  /** How long a user may be away before it counts. */
  readonly graceMs: { readonly presence: number; readonly seat: number; readonly ticket: number };
  /** What the streams of rooms and channels keep. */
  readonly retention: StreamRetention;
  /** How long the result of a command with an idempotency id is given again. */
  readonly onceTtlMs: number;
  /** 0: no limit. */
  readonly maxConnectionsPerRoom: number;
  readonly limits: Limits;
  /** Whether `broadcast` on `/` is for every user instead of the roles `service` and `admin`. */
  readonly openBroadcast: boolean;
}

/** How much there may be, on all workers together unless it says otherwise. Infinity: any number. */
export interface Limits {
  /** Reliable events that wait for a user in a namespace: the server's own, and as many of players'; and those of one player. */
  readonly inbox: number;
  readonly inboxPerSender: number;
  /** Rooms of `/` with members, and as many relay rooms; and those that the connections of one user are in. */
  readonly rooms: number;
  readonly roomsPerUser: number;
  /** Rooms of `/` and private channels that come to be in 24 hours: by one user, and in all. */
  readonly streamsPerUser: number;
  readonly streams: number;
  /** Bytes of what one user has stored in 24 hours: messages, and what games keep of actions. */
  readonly storedPerUser: number;
  /** The same of all users. */
  readonly stored: number;
  /** Messages that one user reports in 24 hours. */
  readonly reportsPerUser: number;
  /** Rooms of `/game`; and those of one user. Matches come on top. */
  readonly gameRooms: number;
  readonly gameRoomsPerUser: number;
  /** Real-time rooms that run on one worker. */
  readonly realtimeRooms: number;
  /** The share of late steps above which a worker hands some of them to another; 0: never. */
  readonly realtimeLateShare: number;
  /** The load of a worker from which new ones begin on another with less; 1: only where it is full. */
  readonly realtimeBeginElsewhere: number;
  /** Connections that watch one room of `/game` without a seat, on each worker. */
  readonly spectators: number;
  /** How long a room whose owner stays alone waits for others, in milliseconds. */
  readonly lonelyRoomMs: number;
  /** Fights that have not ended; and of one user, as their creator or a player who joined. */
  readonly fights: number;
  readonly fightsPerUser: number;
  readonly parties: number;
  /** Named channels; and those that one user has made. */
  readonly channels: number;
  readonly channelsPerUser: number;
  /** Entities in the world that are not persistent: in all, in a zone, and of one user in all zones. */
  readonly entities: number;
  readonly entitiesPerZone: number;
  readonly entitiesPerUser: number;
  /** Persistent ones, in all zones. */
  readonly persistentEntities: number;
  /** Zones open on one worker; and those that one user opens in an hour. */
  readonly zones: number;
  readonly zonesPerUser: number;
}
