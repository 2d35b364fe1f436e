// Fills in the browser's time zone where nobody has chosen one yet. Without JavaScript the field shows UTC.
const field = document.querySelector("[data-browser-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (field instanceof HTMLInputElement && zone && field.value === field.defaultValue && field.value === "UTC") {
  field.value = zone;
}
