// @ts-check
// What has left this browser, byte for byte.

/** @import { SentRequest } from "./words.js" */
import { el, momentText, pushButton } from "./dom.js";

/**
 * @param {object} parts
 * @param {() => Promise<SentRequest[]>} parts.sentRequests  newest last
 * @param {() => void} parts.back
 */
export function sentRoom({ sentRequests, back }) {
  const list = el("ul");
  return {
    element: el("div", "view", el("h2", {}, "What is sent"),
      el("p", "quiet", "The last requests, newest first, with all that they carry. Only the token that connects this browser is left out here."),
      list, pushButton("press", back, "Back")),

    async load() {
      const sent = await sentRequests();
      list.replaceChildren(...sent.reverse().map(({ at, method, path, body, status }) => el("li", {},
        el("strong", {}, `${method} ${path}`), ` · ${status || "no answer"} · ${momentText(Date.parse(at))}`,
        ...(body ? [el("pre", { tabindex: "0", "aria-label": "Body" }, body)] : []))));
    },
  };
}
