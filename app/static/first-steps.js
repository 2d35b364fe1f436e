// @ts-check
// The steps to a first day tick themselves off. The page is fetched again for the steps that the server sees; that the
// widget is installed is read from local storage, where the widget's page stores it (widget-page.js).

const EVERY_MS = 4000;
const shown = /** @type {HTMLElement} */ (document.querySelector("[data-first-steps]"));

/**
 * @param {ParentNode} where
 * @param {string} step
 */
function tickOf(where, step) {
  return /** @type {HTMLElement} */ (where.querySelector(`[data-step="${step}"] [data-done]`));
}

function isInstalledHere() {
  try {
    return localStorage.getItem("widget-installed") !== null;
  } catch {
    // Storage is blocked for this site: then only the server's steps count.
    return false;
  }
}

function tickInstalled() {
  if (isInstalledHere()) tickOf(shown, "installed").hidden = false;
}

async function look() {
  if (document.hidden) return;
  tickInstalled();
  // Without an answer nothing is known to have changed.
  const answer = await fetch(location.href).catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-first-steps]");
  for (const step of ["installed", "connected", "pressed"]) {
    // A page with a session has no steps any more: all are done.
    if (!fresh || !tickOf(fresh, step).hidden) tickOf(shown, step).hidden = false;
  }
  if (fresh) return;
  clearInterval(timer);
  /** @type {HTMLElement} */ (shown.querySelector("[data-first-press]")).hidden = false;
}

const timer = setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
addEventListener("storage", tickInstalled);
tickInstalled();
