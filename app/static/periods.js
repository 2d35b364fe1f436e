// @ts-check
// The keys of a period's page: each follows the link that names it.

/** Whether a key was pressed to give a command. @param {KeyboardEvent} event */
function isCommand({ key, altKey, ctrlKey, metaKey }) {
  // Many keyboards write brackets with AltGr, which Windows reports as Ctrl and Alt, or with the Option key.
  if (key === "[" || key === "]") return metaKey || (ctrlKey && !altKey);
  return metaKey || ctrlKey || altKey;
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  const isTyping = target instanceof Element && target.closest("input, select, textarea, [contenteditable]");
  if (isTyping || isCommand(event) || event.defaultPrevented) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link instanceof HTMLAnchorElement) link.click();
});
