// Times each press of N in the page that it runs in, in ms on the clock of performance.now(): `pressed` is the moment
// that the browser itself put into the event, the others are those at which something was seen. The first of each counts.
// `requests` is for the manager: the addresses of those that were made through it. `late` holds moments of key presses.
(() => {
  const presses = [];
  let press;
  const mark = (name) => {
    if (press) press[name] ??= performance.now();
  };
  addEventListener("keydown", (event) => {
    if (event.code !== "KeyN") return;
    press = { pressed: event.timeStamp };
    presses.push(press);
  }, { capture: true });

  // A frame callback runs before the frame is laid out and painted, a message posted from it is handled after.
  const whenPainted = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
  });
  const watch = (node) => new MutationObserver(() => {
    if (!press || press.changed) return;
    const mine = press;
    mark("changed");
    whenPainted(() => { mine.painted = performance.now(); });
  }).observe(node, { characterData: true, childList: true, subtree: true });

  // The browser's own opinion, in steps of 8 ms: which presses were on the screen only after more than 16.
  const late = [];
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === "keydown") late.push(startTime);
  }).observe({ type: "event", durationThreshold: 24 });

  globalThis.probe = { presses, late, requests: [], mark, watch };
})();
