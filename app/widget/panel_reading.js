// @ts-check
// What was read from the task page, or why not, and the task type to pick.

/** @import { Reading } from "./words.js" */
/** @import { Preferences } from "./preferences.js" */
import { clockText } from "./clock.js";
import { el, onTrusted, setLine } from "./dom.js";

/**
 * @param {object} parts
 * @param {Preferences} parts.preferences
 */
export function readingRoom({ preferences }) {
  const read = el("p", "quiet");
  const missing = el("p", { class: "quiet warn", role: "status" });
  const types = el("select", { "aria-label": "Task type" });
  const picker = el("label", "quiet pair", "Task type", types);
  onTrusted(types, "change", () => preferences.change({ picked: types.value }));
  let offered = "";

  function drawTypes() {
    const { types: known, picked } = preferences.now;
    picker.hidden = !known.length;
    if (offered !== known.join("\n")) {
      offered = known.join("\n");
      types.replaceChildren(el("option", { value: "" }, "by rule"), ...known.map((type) => el("option", { value: type }, type)));
    }
    types.value = known.includes(picked) ? picked : "";
  }

  return {
    element: el("div", "room", picker, read, missing),

    /** @param {Reading} reading */
    draw(reading) {
      drawTypes();
      const onTask = reading.place === "task";
      const { automatic, reading: wanted } = preferences.now;
      setLine(read, onTask ? readText(reading, automatic) : "");
      setLine(missing, onTask && wanted ? missingText(reading, automatic) : "");
    },
  };
}

/**
 * @param {Reading} reading
 * @param {boolean} automatic
 */
function readText({ fields: { task_id, target_minutes }, estimate }, automatic) {
  return [
    task_id ? `Task ${task_id}` : "",
    target_minutes ? `${estimate} → ${clockText(target_minutes * 60_000)}` : "",
    automatic ? "automatic" : "",
  ].filter(Boolean).join(" · ");
}

/**
 * @param {Reading} reading
 * @param {boolean} automatic  the buttons matter
 */
function missingText({ checks }, automatic) {
  const lost = checks.filter(({ what, found }) => !found && (automatic || !what.endsWith("button"))).map(({ what }) => `the ${what}`);
  return lost.length ? `Cannot read ${lost.join(", ")} on this page; keys and buttons work.` : "";
}
