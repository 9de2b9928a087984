/** What authors of real-time games need, for the server's file of the game and for the page's: `muster-server/realtime`. */
export {
  angle,
  axis,
  bool,
  button,
  choice,
  type EntityCollection,
  entities,
  fixed,
  hidden,
  int,
  own,
  player,
  type RealtimeField,
  type ValuesOf,
} from "./fields.ts";
export {
  byCell,
  byTeam,
  defineRealtime,
  everyone,
  type RealtimeDefinition,
  type RealtimeEvent,
  type RealtimeGame,
  type StateOf,
  type StepContext,
} from "./game.ts";
export { JournalReplay, replayJournal } from "./journal.ts";
