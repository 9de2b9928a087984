import type { ConnectionId } from "../../../core/ids.ts";
import type { PresenceRecord } from "../../../core/ports/store/presence.ts";
import { decode } from "./keys.ts";
import { compareText, Sorted } from "./sorted.ts";

/** A subject of a scope; `true` for connections that acknowledge reliable events. */
export interface Subject {
  readonly subject: string;
  readonly connections: Map<ConnectionId, boolean>;
  /** The encoded profile. */
  profile: string | undefined;
}

/** The subjects of one scope and their connections, in memory. */
export class ScopeState {
  private readonly subjects = new Map<string, Subject>();
  private readonly names = new Sorted<string>(compareText);
  private total = 0;

  get(subject: string): Subject | undefined {
    return this.subjects.get(subject);
  }

  list(subject: string, profile: string | undefined): Subject {
    const listed = { subject, connections: new Map<ConnectionId, boolean>(), profile };
    this.subjects.set(subject, listed);
    this.names.insert(subject);
    return listed;
  }

  unlist({ subject }: Subject): void {
    if (this.subjects.delete(subject)) this.names.remove(subject);
  }

  add(subject: Subject, connection: ConnectionId, reliable: boolean): void {
    if (!subject.connections.has(connection)) this.total += 1;
    subject.connections.set(connection, reliable);
  }

  /** False where the connection was not counted. */
  remove(subject: Subject, connection: ConnectionId): boolean {
    const counted = subject.connections.delete(connection);
    if (counted) this.total -= 1;
    return counted;
  }

  /** Up to `limit` names after `cursor`, and whether there are more. */
  page(cursor: string | undefined, limit: number): { names: string[]; more: boolean } {
    let start = cursor === undefined ? 0 : this.names.before(cursor);
    if (cursor !== undefined && this.subjects.has(cursor)) start += 1;
    return { names: this.names.slice(start, start + limit), more: start + limit < this.names.size };
  }

  size(): { subjects: number; connections: number } {
    return { subjects: this.subjects.size, connections: this.total };
  }
}

export function recordOf<P>({ subject, connections, profile }: Subject): PresenceRecord<P> {
  let reliable = 0;
  for (const acknowledges of connections.values()) if (acknowledges) reliable += 1;
  const known = profile === undefined ? undefined : decode<P>(profile);
  return { subject, connections: connections.size, reliable, profile: known as P };
}
