// @ts-check
// What was read from the task page, or why not, and the choice of a task type.

/** @import { Reading } from "./types.js" */
/** @import { Preferences } from "./preferences.js" */
import { clockText } from "./clock.js";
import { createElement, onTrusted, setLine } from "./dom.js";
import { MESSAGES } from "./messages.js";

/**
 * @param {object} dependencies
 * @param {Preferences} dependencies.preferences
 */
export function createReadingSection({ preferences }) {
  const read = createElement("p", "quiet");
  const missing = createElement("p", { class: "quiet warn", role: "status" });
  const typePicker = createTypePicker(preferences);

  return {
    element: createElement("div", "section", typePicker.element, read, missing),

    /** @param {Reading} reading */
    draw(reading) {
      const { automatic, reading: isReadingOn } = preferences.now;
      const isTask = reading.place === "task";
      typePicker.draw();
      setLine(read, isTask ? readText(reading, automatic) : "");
      setLine(missing, isTask && isReadingOn ? missingText(reading, automatic) : "");
    },
  };
}

/** @param {Preferences} preferences */
function createTypePicker(preferences) {
  const select = createElement("select", { "aria-label": MESSAGES.taskType });
  const element = createElement("label", "quiet pair", MESSAGES.taskType, select);
  /** The types in the list, to replace its options only if they change. */
  let offered = "";
  onTrusted(select, "change", () => preferences.change({ picked: select.value }));

  return {
    element,

    draw() {
      const { types, picked } = preferences.now;
      element.hidden = !types.length;
      if (offered !== types.join("\n")) {
        offered = types.join("\n");
        const options = types.map((type) => createElement("option", { value: type }, type));
        select.replaceChildren(createElement("option", { value: "" }, MESSAGES.typeByRule), ...options);
      }
      select.value = types.includes(picked) ? picked : "";
    },
  };
}

/**
 * @param {Reading} reading
 * @param {boolean} automatic
 */
function readText({ fields, estimate }, automatic) {
  const parts = [];
  if (fields.task_id) parts.push(MESSAGES.task(fields.task_id));
  if (fields.target_minutes) parts.push(MESSAGES.estimate(estimate, clockText(fields.target_minutes * 60_000)));
  if (automatic) parts.push(MESSAGES.automatic);
  return parts.join(" · ");
}

/**
 * @param {Reading} reading
 * @param {boolean} automatic  the buttons of the page are needed too
 */
function missingText({ checks }, automatic) {
  const missing = checks.filter(({ what, found }) => !found && (automatic || !what.endsWith("button")));
  return missing.length ? MESSAGES.cannotRead(missing.map(({ what }) => MESSAGES.checked[what])) : "";
}
