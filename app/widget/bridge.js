// @ts-check
// The connection to the tracker's own page about the widget. That page draws everything itself. The script gives it
// what only the storage knows (never the token), as JSON in one element, and takes from it the settings to be kept.

/** @import { ClickResult } from "./connect.js" */
/** @import { Storage } from "./storage.js" */
import { ALERT_FAILED, canNotify } from "./alerts.js";
import { attachConnect } from "./connect.js";
import { onTrusted, setText } from "./dom.js";
import { DEFAULTS, loadPreferences } from "./preferences.js";

/** Storage key of the language in which the tracker's pages are shown to the connected account. */
export const LANGUAGE = "language";
/** Storage keys whose values the page shows. */
const SHOWN = ["link", "link-ended", "self-test", "sent", "left-out", ALERT_FAILED];

/**
 * @param {Document} page
 * @param {Storage} storage
 * @param {string} version
 */
export async function attachPage(page, storage, version) {
  const board = page.querySelector("[data-widget-told]");
  const form = page.querySelector("#settings");
  if (!(board instanceof HTMLElement && form)) return;
  // Without a login the page is in the language of the browser, which the panel knows itself.
  if (page.querySelector("[data-widget-connect]")) void storage.set(LANGUAGE, page.documentElement.lang);
  const preferences = await loadPreferences(storage);
  /** The result of the latest click, with its number. */
  let said = {};
  let clicks = 0;
  let latestUpdate = 0;

  const update = async () => {
    const thisUpdate = ++latestUpdate;
    const [link, ended, selfTest, sent, leftOut, alertFailed] = await Promise.all(SHOWN.map(storage.get));
    // Of several updates at once only the latest counts.
    if (thisUpdate !== latestUpdate) return;
    setText(board, JSON.stringify({
      version,
      usual: { ...DEFAULTS.selectors, ...DEFAULTS.hotkeys },
      choices: preferences.now,
      selfTest,
      sent,
      leftOut,
      alertFailed,
      notifies: canNotify(),
      said,
      link: link && { ...link, token: undefined, good: ended !== link.since },
    }));
  };

  /** @param {ClickResult} result */
  function report(result) {
    said = { ...result, times: ++clicks };
    void update();
  }

  preferences.onChange(update);
  for (const key of SHOWN) storage.onChange(key, update);
  attachConnect(page, storage, report);
  onTrusted(form, "submit", async () => {
    // The page validates the form before this runs; without the attribute it found a mistake.
    const choices = form.getAttribute("data-choices");
    if (choices === null) return;
    form.removeAttribute("data-choices");
    for (const key of ["left-out", ALERT_FAILED]) void storage.remove(key);
    await preferences.change(JSON.parse(choices)).then(
      () => report({ what: "saved" }),
      () => report({ what: "unsaved" }),
    );
  });
  await update();
}
