/**
 * For load scenarios of an author's own, which `muster load FILE` runs:
 *
 *     export default defineScenario({
 *       name: "lobby",
 *       async user(user) {
 *         const chat = await user.connect("/chat");
 *         await user.every(1_000, "say", () => chat.call("chat_message", { channel: "global", content: "hello" }));
 *       },
 *     });
 */
export type { PlainSocket } from "./engine/plain.ts";
export { LoadFailure } from "./failure.ts";
export {
  defineScenario,
  type LoadClaims,
  type LoadParameters,
  type LoadPlace,
  type LoadValues,
  type Scenario,
  type ScenarioDefinition,
} from "./scenario.ts";
export type { ActionOptions, EventSource, LoadGroup, ScenarioUser } from "./user.ts";
