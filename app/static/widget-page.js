// The widget, where it is installed, takes the click on "Connect this browser" itself. A click that nobody took means that it is not.
const status = document.querySelector("[data-widget-status]");

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-widget-connect]");
  if (!button || event.defaultPrevented || !status) return;
  status.textContent =
    "The widget does not run in this browser yet. Install it (step 1), allow user scripts in Chrome, then load this page again.";
});
