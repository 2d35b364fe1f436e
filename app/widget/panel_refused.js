// @ts-check
// The presses that the server refused for good, each with its reason, until she has read them.

/** @import { Refused, TrackedEvent } from "./words.js" */
import { el, momentText, pushButton } from "./dom.js";

/**
 * @param {object} parts
 * @param {(event: TrackedEvent) => void} parts.dismiss
 * @param {(event: TrackedEvent) => void} parts.retry
 * @param {() => void} parts.back
 */
export function refusedRoom({ dismiss, retry, back }) {
  const list = el("ul");
  let drawn = "";
  return {
    element: el("div", "view", el("h2", {}, "Refused presses"), list, pushButton("press", back, "Back")),

    /** @param {Refused[]} refused */
    draw(refused) {
      const now = refused.map(({ event, reason }) => event.event_id + reason).join();
      if (now === drawn) return;
      drawn = now;
      list.replaceChildren(...refused.map(({ event, reason }) => el("li", {},
        el("strong", {}, event.type), ` · ${momentText(Date.parse(event.timestamp))}`, el("p", {}, reason),
        el("p", "pair", pushButton("textual", () => retry(event), "Send again"),
          pushButton("textual", () => dismiss(event), "I have read this")))));
    },
  };
}
