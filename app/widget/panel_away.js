// @ts-check
// The question after a stretch without key or pointer. It stands until it is answered, in the folded panel too.

/** @import { Away, AwayAnswer } from "./words.js" */
import { el, momentText, pushButton, setText } from "./dom.js";

/** @param {Away} away */
export function awayText({ from, to }) {
  const minutes = Math.round((to - from) / 60_000);
  const long = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `You were away from ${momentText(from)} to ${momentText(to)} (${long}). Was that work?`;
}

/**
 * @param {object} parts
 * @param {(answer: AwayAnswer) => void} parts.answerAway
 */
export function awayRoom({ answerAway }) {
  const question = el("p");
  const work = pushButton("press", () => answerAway("work"), "It was work");
  const pause = pushButton("press", () => answerAway("pause"));
  const end = pushButton("press", () => answerAway("end"));
  const element = el("div", { class: "ask away", role: "group", "aria-label": "You were away" }, question, work, pause, end);
  return {
    element,

    /** @param {Away | null} away */
    draw(away) {
      element.hidden = !away;
      if (!away) return;
      const since = momentText(away.from);
      setText(question, awayText(away));
      setText(pause, `Pause from ${since} to ${momentText(away.to)}`);
      setText(end, `End the session at ${since}`);
    },
  };
}
