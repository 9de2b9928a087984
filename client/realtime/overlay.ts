/** Figures of a real-time room in a corner of the page. */
import type { RealtimeStats } from "./statistics.ts";

/** As much of the page as it needs: this package has no types of browsers. */
interface OverlayElement {
  readonly style: { cssText: string };
  textContent: string | null;
  remove(): void;
  setAttribute(name: string, value: string): void;
}
interface OverlayPage {
  createElement(name: "pre"): OverlayElement;
  readonly body: { append(element: OverlayElement): void };
}

const EVERY_MS = 250;
const STYLE =
  "position:fixed;right:.5rem;bottom:.5rem;margin:0;padding:.4rem .6rem;border-radius:.4rem;z-index:9;pointer-events:none;background:#000a;color:#fff;font:11px/1.5 ui-monospace,monospace";

/**
 * Shows the figures and keeps them fresh.
 * @returns a function that removes them; it does nothing where there is no page
 */
export function showStats(play: { readonly stats: RealtimeStats }): () => void {
  const { document } = globalThis as { readonly document?: OverlayPage };
  if (document === undefined) return () => undefined;
  const box = document.createElement("pre");
  box.style.cssText = STYLE;
  box.setAttribute("aria-hidden", "true");
  const write = () => {
    box.textContent = linesOf(play.stats).join("\n");
  };
  write();
  document.body.append(box);
  const timer = setInterval(write, EVERY_MS);
  return () => {
    clearInterval(timer);
    box.remove();
  };
}

function linesOf(stats: RealtimeStats): string[] {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    `round trip   ${ms(stats.roundTripMs)}`,
    `jitter       ${ms(stats.jitterMs)}`,
    `delay        ${ms(stats.delayMs)}`,
    `lead         ${stats.lead.toFixed(1)} of ${stats.target.toFixed(1)}`,
    `step rate    ${((stats.rate - 1) * 100).toFixed(1)} %`,
    `corrections  ${stats.correctionsPerMinute} a minute`,
    `frames lost  ${stats.framesLost}`,
    `take-overs   ${stats.takeovers}`,
  ];
}
