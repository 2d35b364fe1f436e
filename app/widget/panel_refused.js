// @ts-check
// The presses that the server refused for good, each with its reason, until she has read them.

/** @import { Refused, TrackedEvent } from "./words.js" */
import { el, onTrusted } from "./dom.js";

/**
 * @param {object} parts
 * @param {(event: TrackedEvent) => void} parts.dismiss
 * @param {() => void} parts.back
 */
export function refusedView({ dismiss, back }) {
  const list = el("ul");
  const done = el("button", { type: "button", class: "press" }, "Back");
  onTrusted(done, "click", back);
  const element = el("div", { class: "view" }, el("h2", {}, "Refused presses"), list, done);
  let drawn = "";
  return {
    element,

    /** @param {Refused[]} refused */
    draw(refused) {
      const now = refused.map((each) => each.event.event_id).join();
      if (now === drawn) return;
      drawn = now;
      list.replaceChildren(...refused.map(({ event, reason }) => {
        const read = el("button", { type: "button", class: "textual" }, "I have read this");
        onTrusted(read, "click", () => dismiss(event));
        return el("li", {}, el("strong", {}, event.type), ` · ${new Date(event.timestamp).toLocaleString()}`, el("p", {}, reason), read);
      }));
    },
  };
}
