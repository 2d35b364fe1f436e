// @ts-check
// That the widget is installed is known to this browser alone until it is connected: the widget's page leaves a note
// (widget-page.js). What the server knows of the steps to a first day comes with the page (live.js).

function isInstalledHere() {
  try {
    return localStorage.getItem("widget-installed") !== null;
  } catch {
    // Storage is blocked for this site: then only the server's steps count.
    return false;
  }
}

function tickInstalled() {
  const tick = document.querySelector('[data-step="installed"] [data-done]');
  if (tick && isInstalledHere()) tick.removeAttribute("hidden");
}

addEventListener("storage", tickInstalled);
document.addEventListener("live-replaced", tickInstalled);
tickInstalled();
