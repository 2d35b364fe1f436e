// @ts-check
// The panel's first line, which is the whole panel while it is folded: name, time, what is left, pace, what waits.

/** @import { Model } from "./words.js" */
/** @import { Preferences } from "./preferences.js" */
/** @import { Time } from "./panel_main.js" */
import { el, icon, outward, pushButton, setText } from "./dom.js";
import { setMark, standsOf, zoneMark } from "./panel_main.js";
import { bandText } from "./pace.js";

const GRIP = "M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01";
const SLIDERS = "M2 5h6m4 0h2M2 11h2m4 0h6M10 3v4M6 9v4";
const MINUS = "M3 8h10";
const PLUS = "M3 8h10M8 3v10";

/**
 * @param {object} parts
 * @param {string} parts.server
 * @param {Preferences} parts.preferences
 */
export function panelHeader({ server, preferences }) {
  const grip = el("button", { class: "icon grip", "aria-label": "Move the panel with the arrow keys" }, icon(GRIP));
  const name = el("span", { "aria-live": "polite" });
  const [time, rest, mark] = [el("span"), el("span"), zoneMark()];
  const brief = el("span", "brief", time, mark, rest);
  const state = el("span", { class: "state", "aria-live": "polite" });
  // On the tracker's own page: what is typed on the task site can be read by the task site.
  const gear = outward(`${server}/widget#settings`, "icon", "");
  gear.ariaLabel = "Settings";
  gear.append(icon(SLIDERS));
  const folder = pushButton("icon", () => preferences.change({ collapsed: !preferences.now.collapsed }));
  let facts = "";
  const element = el("header", {}, grip, el("span", "title", name, brief), state, gear, folder);

  return {
    element, grip,

    /** @param {boolean} folded */
    drawFrame(folded) {
      brief.hidden = !folded;
      gear.hidden = folded;
      folder.ariaLabel = folded ? "Show all" : "Show one line";
      folder.replaceChildren(icon(folded ? PLUS : MINUS));
    },

    /**
     * @param {Model} model
     * @param {boolean} folded
     * @param {boolean} thin  no room for the long name
     */
    draw({ view, waiting, refused, connected, pace }, folded, thin) {
      const { active, index } = view;
      const stands = standsOf(view);
      setText(name, !active ? "No session" : thin ? `Q${index}` : `Question ${index}`);
      setText(state, stands);
      state.hidden = folded && stands !== "paused";
      facts = [
        active && pace.ratio && `${pace.emoji} ${(100 * pace.ratio).toFixed()}%`, waiting && `${waiting} waiting`, refused.length && `${refused.length} refused`,
        !connected && "not connected",
      ].filter(Boolean).map((fact) => ` · ${fact}`).join("");
    },

    /** @param {Time} now */
    drawTime({ text, band, active }) {
      setText(time, active ? ` · ${text}${band ? " · " : ""}` : "");
      setMark(mark, band);
      setText(rest, (band ? ` ${bandText(band).split(" · ")[0]}` : "") + facts);
    },
  };
}
