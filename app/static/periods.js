// @ts-check
// The keys of a period's page: each follows the link that names it.

document.addEventListener("keydown", (event) => {
  const { target } = event;
  const isTyping = target instanceof Element && target.closest("input, select, textarea, [contenteditable]");
  if (isTyping || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link instanceof HTMLAnchorElement) link.click();
});
