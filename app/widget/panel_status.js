// @ts-check
// Delivery: what waits and why, what has arrived, what was refused, and how to end a forgotten session.

/** @import { Action, Model } from "./types.js" */
import { createButton, createElement, createExternalLink, momentText, setLine, setText } from "./dom.js";
import { MESSAGES } from "./messages.js";

/**
 * @param {object} dependencies
 * @param {string} dependencies.server
 * @param {(action: Action) => void} dependencies.press
 * @param {() => void} dependencies.checkArrived
 * @param {() => void} dependencies.readRefused
 */
export function createStatusSection({ server, press, checkArrived, readRefused }) {
  const connect = createExternalLink(`${server}/widget`, "link", MESSAGES.connect);
  const forgotten = createElement("div", "ask",
    createElement("p", {}, MESSAGES.leftRunning),
    createButton("press", () => press("EXIT"), MESSAGES.endLeftRunning));
  const waiting = createElement("p", "quiet");
  const refused = createButton("text-button warn", readRefused);
  const arrived = createElement("span");
  const check = createElement("p", "quiet pair", arrived,
    createButton("text-button", () => checkArrived(), MESSAGES.checkArrived));
  const checkResult = createElement("p", { class: "quiet", role: "status" });

  return {
    element: createElement("div", "section", forgotten, connect, waiting, refused, check, checkResult),

    /** @param {Model} model */
    draw(model) {
      const { view, adopted } = model;
      const refusedCount = model.refused.length;
      connect.hidden = model.connected;
      forgotten.hidden = view.active || !adopted?.answer.forgotten || model.waiting > 0;
      setLine(waiting, waitingText(model));
      setLine(refused, refusedCount ? MESSAGES.refusedCount(refusedCount) : "");
      check.hidden = model.link === null;
      setText(arrived, arrivedText(model));
      setLine(checkResult, model.check ?? "");
    },
  };
}

/** @param {Model} model */
function arrivedText({ arrivedAt, waiting, foreign }) {
  if (arrivedAt === null) return "";
  const moment = momentText(arrivedAt);
  return waiting + foreign ? MESSAGES.lastArrived(moment) : MESSAGES.allArrived(moment);
}

/** @param {Model} model */
function waitingText(model) {
  const own = ownWaitingText(model);
  const foreign = model.foreign ? MESSAGES.waitingForAccount(model.foreign) : "";
  return [own, foreign].filter(Boolean).join(" ");
}

/** @param {Model} model */
function ownWaitingText({ waiting, trouble, connected }) {
  if (waiting && !connected) return MESSAGES.waitingForConnection(waiting);
  if (waiting && trouble) return MESSAGES.waitingInTrouble(trouble, waiting);
  // A single event is about to be sent, and not worth a line.
  if (waiting > 1) return MESSAGES.waitingToBeSent(waiting);
  return trouble ?? "";
}
