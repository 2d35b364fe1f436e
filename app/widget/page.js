// @ts-check
// The tracker's own page about the widget. The page draws everything itself; from here it gets what only the storage knows
// (never the token), as text in one element, and from there comes what is to be kept.

/** @import { Said } from "./connect.js" */
/** @import { Storage } from "./storage.js" */
import { attachConnect } from "./connect.js";
import { onTrusted, setText } from "./dom.js";
import { DEFAULTS, loadPreferences } from "./preferences.js";

const SHOWN = ["link", "link-ended", "self-test", "sent"];

/**
 * @param {Document} page
 * @param {Storage} storage
 * @param {string} version
 */
export async function attachPage(page, storage, version) {
  const board = page.querySelector("[data-widget-told]");
  const form = page.querySelector("#settings");
  if (!(board instanceof HTMLElement && form)) return;
  const preferences = await loadPreferences(storage);
  let telling = 0;
  let said = {};
  let times = 0;

  const tell = async () => {
    const mine = ++telling;
    const [link, ended, selfTest, sent] = await Promise.all(SHOWN.map(storage.get));
    if (mine !== telling) return;
    setText(board, JSON.stringify({
      version, usual: { ...DEFAULTS.selectors, ...DEFAULTS.hotkeys }, choices: preferences.now, selfTest, sent, said,
      link: link && { ...link, token: undefined, good: ended !== link.since },
    }));
  };
  /** @param {Said} result */
  const say = (result) => {
    said = { ...result, times: ++times };
    void tell();
  };

  preferences.onChange(tell);
  for (const key of SHOWN) storage.onChange(key, tell);
  attachConnect(page, storage, say);
  onTrusted(form, "submit", async () => {
    // The page has looked at the form before: without this something in it is wrong.
    const choices = form.getAttribute("data-choices");
    if (choices === null) return;
    form.removeAttribute("data-choices");
    await preferences.change(JSON.parse(choices)).then(() => say({ what: "saved" }), () => say({ what: "unsaved" }));
  });
  await tell();
}
