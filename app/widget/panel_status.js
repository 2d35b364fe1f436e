// @ts-check
// Where her presses are: what waits and why, what has arrived, what was refused, and what became of a forgotten session.

/** @import { Action, Model } from "./words.js" */
import { el, momentText, outward, pushButton, setLine, setText } from "./dom.js";

/**
 * @param {object} parts
 * @param {string} parts.server
 * @param {(action: Action) => void} parts.press
 * @param {() => void} parts.checkArrived
 * @param {() => void} parts.readRefused
 */
export function statusRoom({ server, press, checkArrived, readRefused }) {
  const connect = outward(`${server}/widget`, "link", "Connect this browser");
  const left = el("div", "ask", el("p", {}, "The last session was left running. Next begins a new one."),
    pushButton("press", () => press("EXIT"), "End it at its last press"));
  const [waiting, arrived, found] = [el("p", "quiet"), el("span"), el("p", { class: "quiet", role: "status" })];
  const check = el("p", "quiet pair", arrived,
    pushButton("textual", () => checkArrived(), "Did everything arrive?"));
  const refused = pushButton("textual warn", readRefused);

  return {
    element: el("div", "room", left, connect, waiting, refused, check, found),

    /** @param {Model} model */
    draw(model) {
      const { view, adopted, connected, link, arrivedAt } = model;
      const many = model.refused.length;
      connect.hidden = connected;
      left.hidden = view.active || !adopted?.answer.forgotten || model.waiting > 0;
      setLine(waiting, waitingText(model));
      setLine(refused, !many ? "" : many === 1 ? "1 press was refused" : `${many} presses were refused`);
      check.hidden = link === null;
      setText(arrived, arrivedAt === null ? "" : `${model.waiting + model.foreign ? "Last press arrived" : "All arrived ·"} ${momentText(arrivedAt)}`);
      setLine(found, model.check ?? "");
    },
  };
}

/** @param {Model} model */
function waitingText({ waiting, foreign, trouble, connected }) {
  const many = (/** @type {number} */ n) => (n === 1 ? "1 press waits" : `${n} presses wait`);
  const parts = [];
  if (waiting && !connected) parts.push(`${many(waiting)} until this browser is connected. Nothing is lost.`);
  else if (waiting && trouble) parts.push(`${trouble} ${many(waiting)} and will be sent.`);
  else if (waiting > 1) parts.push(`${many(waiting)} to be sent.`);
  else if (trouble) parts.push(trouble);
  if (foreign) parts.push(`${many(foreign)} for another account to be connected.`);
  return parts.join(" ");
}
