/* Small helpers for the page's elements. */

export const $ = (id) => document.getElementById(id);

export function text(element, value) {
  element.textContent = value;
  return element;
}

/** Sets a live region only where its words change: it is read aloud each time. */
export function say(element, line) {
  if (element.textContent !== line) element.textContent = line;
}

/** @param properties of the element; those of `data` and with a dash become attributes */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** A button that cannot be pressed again before what it does has ended. */
export function button(label, act, className = "") {
  const element = make("button", { type: "button", className }, label);
  onPress(element, act);
  return element;
}

/** The same for a button of the page. What fails is shown to the player. */
export function onPress(element, act) {
  let acting = false;
  element.addEventListener("click", async () => {
    if (acting) return;
    acting = true;
    try {
      await act();
    } catch (error) {
      complain(error.message);
    } finally {
      acting = false;
    }
  });
}

const SHOWN_MS = 8_000;
let hiding;

/** Tells the player what did not work. */
export function complain(line) {
  const notice = $("notice");
  text(notice, line);
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => {
    notice.hidden = true;
    text(notice, "");
  }, SHOWN_MS);
}

/** A list of lines that scrolls, as its box: by keyboard too, and with the newest line in sight. */
export function scrolling(box) {
  box.tabIndex = 0;
  return () => {
    box.scrollTop = box.scrollHeight;
  };
}
