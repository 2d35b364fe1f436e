// @ts-check
// The question after a period without activity. It stays until it is answered, in the collapsed panel too.

/** @import { Away, AwayAnswer } from "./types.js" */
import { createButton, createElement, momentText, setText } from "./dom.js";
import { MESSAGES } from "./messages.js";

/** @param {Pick<Away, "from" | "to">} away */
export function awayText({ from, to }) {
  return MESSAGES.away(momentText(from), momentText(to), Math.round((to - from) / 60_000));
}

/**
 * @param {object} dependencies
 * @param {(answer: AwayAnswer) => void} dependencies.answerAway
 */
export function createAwaySection({ answerAway }) {
  const question = createElement("p");
  const work = createButton("press", () => answerAway("work"), MESSAGES.awayWork);
  const pause = createButton("press", () => answerAway("pause"));
  const end = createButton("press", () => answerAway("end"));
  const attributes = { class: "ask away", role: "group", "aria-label": MESSAGES.awayGroup };
  const element = createElement("div", attributes, question, work, pause, end);

  return {
    element,

    /** @param {Away | null} away */
    draw(away) {
      element.hidden = !away;
      if (!away) return;
      const since = momentText(away.from);
      setText(question, awayText(away));
      setText(pause, MESSAGES.awayPause(since, momentText(away.to)));
      setText(end, MESSAGES.awayEnd(since));
    },
  };
}
