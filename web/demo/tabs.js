/* On a phone one part of the page is shown at a time, and its tab tells where something has happened. */
import { $ } from "./dom.js";

const main = $("rooms");
const tabs = [...document.querySelectorAll("#tabs button")];
const tabOf = (panel) => tabs.find((tab) => tab.dataset.panel === panel);

export function openPanel(panel) {
  main.dataset.panel = panel;
  for (const tab of tabs) {
    const isOpen = tab.dataset.panel === panel;
    if (isOpen) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  callOff(panel);
}

/** Something waits for the player there. */
export function callTo(panel) {
  if (main.dataset.panel !== panel) tabOf(panel)?.classList.add("calls");
}

const callOff = (panel) => tabOf(panel)?.classList.remove("calls");

for (const tab of tabs) tab.addEventListener("click", () => openPanel(tab.dataset.panel));
openPanel("play");
