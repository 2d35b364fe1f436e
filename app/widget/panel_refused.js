// @ts-check
// The events that the server refused for good, each with its reason, until the user has read them.

/** @import { Refused, TrackedEvent } from "./types.js" */
import { createButton, createElement, momentText } from "./dom.js";
import { MESSAGES } from "./messages.js";

/**
 * @param {object} dependencies
 * @param {(event: TrackedEvent) => void} dependencies.dismiss
 * @param {(event: TrackedEvent) => void} dependencies.retry
 * @param {() => void} dependencies.back
 */
export function createRefusedSection({ dismiss, retry, back }) {
  const list = createElement("ul");
  const title = createElement("h2", {}, MESSAGES.refusedTitle);
  /** What the list shows, to replace it only if that changes. */
  let drawn = "";

  /** @param {Refused} entry */
  function createItem({ event, reason }) {
    const buttons = createElement("p", "pair",
      createButton("text-button", () => retry(event), MESSAGES.refusedRetry),
      createButton("text-button", () => dismiss(event), MESSAGES.refusedDismiss));
    const moment = ` · ${momentText(Date.parse(event.timestamp))}`;
    const type = createElement("strong", {}, event.type);
    return createElement("li", {}, type, moment, createElement("p", {}, MESSAGES.refusal(reason)), buttons);
  }

  return {
    element: createElement("div", "view", title, list, createButton("press", back, MESSAGES.back)),

    /** @param {Refused[]} refused */
    draw(refused) {
      const wanted = refused.map(({ event, reason }) => event.event_id + reason).join();
      if (wanted === drawn) return;
      drawn = wanted;
      list.replaceChildren(...refused.map(createItem));
    },
  };
}
