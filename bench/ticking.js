// The least that a page with a running clock can do: set one text a second.
addEventListener("DOMContentLoaded", () => {
  const text = document.querySelector("#bare");
  let seconds = 0;
  setInterval(() => { text.textContent = String(++seconds); }, 1000);
});
