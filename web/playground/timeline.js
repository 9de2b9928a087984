/** What a user sent and was sent, newest at the end. */

/** Older entries go: a page that is left open must not grow. */
const MAX_ENTRIES = 500;
/** Longer texts are cut in the list. */
const MAX_LENGTH = 2_000;

const two = (number, digits = 2) => String(number).padStart(digits, "0");

function timeOf(date) {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${two(date.getMilliseconds(), 3)}`;
}

/** @param kind `sent`, `answer`, `refused`, `event`, `state` or `frame` */
export function createTimeline(list) {
  return {
    add(kind, title, detail) {
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      const item = document.createElement("li");
      item.className = kind;
      const time = document.createElement("time");
      time.textContent = timeOf(new Date());
      const name = document.createElement("b");
      name.textContent = title;
      item.append(time, " ", name);
      if (detail !== undefined) {
        const text = typeof detail === "string" ? detail : JSON.stringify(detail);
        item.append(" ", text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
      }
      list.append(item);
      while (list.childElementCount > MAX_ENTRIES) list.firstElementChild.remove();
      if (atEnd) list.scrollTop = list.scrollHeight;
    },
    clear() {
      list.replaceChildren();
    },
  };
}
