// Fills in the browser's time zone where nobody has chosen one yet. Without JavaScript, and for a zone that the server
// does not know, the field shows UTC.
const field = document.querySelector("[data-browser-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (field instanceof HTMLInputElement && field.value === field.defaultValue && field.value === "UTC") {
  if ([...(field.list?.options ?? [])].some(({ value }) => value === zone)) field.value = zone;
}
