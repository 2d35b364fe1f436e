// The least that a page can do at a press: set one text.
addEventListener("DOMContentLoaded", () => {
  const text = document.querySelector("#bare");
  let presses = 0;
  probe.watch(text);
  addEventListener("keydown", (event) => {
    if (event.code === "KeyN") text.textContent = String(++presses);
  }, { capture: true });
});
