/** What a benchmark asks of its load process, and is told. */

export type Task =
  /** Connects clients beside those that are there. */
  | {
      readonly task: "connect";
      readonly count: number;
      readonly namespaces: readonly string[];
      /** Connections that are under way at the same time. */
      readonly atOnce: number;
      /** Users per guild; left out: no guilds. */
      readonly guildSize?: number;
    }
  | { readonly task: "subscribe"; readonly room: string }
  /** Each client has one command under way, for so long. */
  | { readonly task: "call"; readonly event: "echo" | "ping"; readonly seconds: number }
  /** The first `senders` clients send, with so many unacknowledged each. */
  | {
      readonly task: "send";
      readonly seconds: number;
      readonly event: "publish" | "broadcast";
      readonly room: string;
      readonly senders: number;
      readonly outstanding: number;
    }
  /** In the guilds' channels: without `perSecond` as fast as they are acknowledged. */
  | {
      readonly task: "chat";
      readonly seconds: number;
      readonly outstanding: number;
      readonly perSecond?: number;
    }
  /** One connection with so many under way; the first time the connections that it needs are made. */
  | {
      readonly task: "pipelined";
      readonly work: PipelinedWork;
      readonly seconds: number;
      readonly outstanding: number;
    }
  | { readonly task: "drop" };

/** A command that stores nothing, a message to a room, and chat in a channel of each kind. */
export type PipelinedWork = "echo" | "publish" | "global" | "named" | "private";

export interface Outcome {
  /** Acknowledged commands, or connections made. */
  readonly done: number;
  /** Events that arrived at all clients. */
  readonly events: number;
  readonly refused: number;
  readonly seconds: number;
  /** Of the command or of the delivery, where the task has them. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The load's own share of a core. */
  readonly loadCpu: number;
}

export type LoadReply =
  | { readonly ready: true }
  /** Warmed up: what follows is measured. */
  | { readonly outcome: Outcome }
  | { readonly failed: string };
