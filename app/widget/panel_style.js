// @ts-check
// The panel's look. It lives in a shadow root: neither the task page's rules nor its Content-Security-Policy reach it.

export const PANEL_CSS = `
:host {
  all: initial !important; direction: ltr !important; display: contents !important;
  --paper: #ffffff; --raised: #eaeeee; --ink: #14211f; --quiet: #51615e; --line: #d5dddb; --edge: #7d8d89;
  --accent: #0b6a60; --accent-ink: #ffffff; --accent-soft: #dff0ec; --warn: #97480c; --warn-soft: #f9e9da;
  --shadow: 0 1px 2px rgb(20 33 31 / 0.14), 0 10px 30px rgb(20 33 31 / 0.18);
}
@media (prefers-color-scheme: dark) {
  :host {
    --paper: #161e1c; --raised: #202a28; --ink: #e4ebe9; --quiet: #a1b1ad; --line: #2a3734; --edge: #6d7f7a;
    --accent: #62c9b7; --accent-ink: #06201c; --accent-soft: #16332e; --warn: #f0ab6e; --warn-soft: #3a2815;
    --shadow: 0 0 0 1px rgb(255 255 255 / 0.05), 0 10px 34px rgb(0 0 0 / 0.6);
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.panel {
  position: fixed; z-index: 2147483647; display: flex; flex-direction: column; max-width: calc(100vw - 16px); max-height: calc(100vh - 16px);
  font: 400 13px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; text-align: start; color: var(--ink); background: var(--paper);
  border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); user-select: none;
}
.folded { width: max-content; }
header { display: flex; flex: none; align-items: center; gap: 2px; min-height: 38px; padding: 4px 6px; cursor: grab; touch-action: none; }
header:active { cursor: grabbing; }
.title { flex: 1; min-width: 0; padding-inline: 4px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-weight: 600; }
.folded .title { white-space: normal; }
.brief { font-weight: 400; color: var(--quiet); }
button, a, select { font: inherit; color: inherit; }
button { appearance: none; margin: 0; border: 0; background: none; cursor: pointer; border-radius: 7px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.icon { display: grid; place-items: center; flex: none; width: 28px; height: 28px; padding: 0; color: var(--quiet); }
.icon:hover { background: var(--raised); color: var(--ink); }
.grip { width: 20px; cursor: inherit; }
svg { width: 1.23em; height: 1.23em; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.edge { position: absolute; inset: 12px -4px 12px auto; width: 8px; border-radius: 4px; cursor: ew-resize; touch-action: none; }
.left { inset: 12px auto 12px -4px; }
.edge:hover { background: var(--edge); opacity: 0.5; }
.body { overflow: auto; }
.view { padding: 0 12px 12px; }
.view, .room, .ask { display: grid; gap: 8px; }
.time { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; }
.clock { font-size: 2.8em; line-height: 1; font-weight: 600; letter-spacing: -0.02em; }
.target { color: var(--quiet); white-space: nowrap; }
.state { flex: none; margin-inline-end: 4px; padding: 1px 8px; border-radius: 99px; font-size: 0.92em; font-weight: 600; background: var(--raised); color: var(--quiet); }
[data-stands="running"] header .state, [aria-checked="true"] .state { background: var(--accent-soft); color: var(--accent); }
[data-stands="paused"] header .state { background: var(--warn-soft); color: var(--warn); }
[data-zone="late"] .clock, [data-zone="late"] .zone { color: var(--warn); }
[data-zone="band"] .zone { color: var(--accent); }
[data-stands="paused"] .clock, [data-stands="ready"] .clock, [data-zone="early"] .zone { color: var(--quiet); }
.zone { display: flex; gap: 6px; align-items: center; font-weight: 600; }
.mark svg { display: inline-block; vertical-align: -0.2em; stroke-width: 2; }
.brief .mark[data-zone="late"] { color: var(--warn); }
.brief .mark[data-zone="band"] { color: var(--accent); }
.bar { position: relative; height: 6px; margin-block: 2px; border-radius: 3px; background: var(--raised); }
.fill { position: absolute; inset: 0 auto 0 0; border-radius: 3px; background: var(--edge); }
[data-zone="band"] .fill { background: var(--accent); }
[data-zone="late"] .fill { background: var(--warn); }
.edges { position: absolute; inset-block: -3px; border: solid var(--ink); border-width: 0 2px; }
dl { margin: 0; display: flex; gap: 16px; }
dt { font-size: 0.85em; color: var(--quiet); }
dd { margin: 0; font-weight: 600; }
.buttons { display: grid; grid-template-columns: repeat(6, 1fr); gap: 6px; }
.buttons .press { grid-column: span 2; }
.press { display: grid; justify-items: center; align-content: center; padding: 6px 4px; background: var(--raised); border: 1px solid var(--line); font-weight: 600; }
.press:hover { border-color: var(--edge); }
.press kbd { font: inherit; font-size: 0.77em; font-weight: 400; color: var(--quiet); overflow-wrap: anywhere; }
.buttons .next { grid-column: 1 / -1; }
.next { padding: 8px; background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-size: 1.15em; }
.next:hover { border-color: var(--ink); }
.next kbd { color: inherit; }
.buttons :nth-child(n + 5) { grid-column: span 3; padding: 4px; background: none; font-size: 0.92em; font-weight: 400; color: var(--quiet); }
p, h2 { margin: 0; }
.quiet, .alert { color: var(--quiet); font-size: 0.92em; overflow-wrap: anywhere; }
.alert, .ask { margin: 0 12px 12px; padding: 8px 10px; border-radius: 8px; background: var(--warn-soft); }
.view .ask { margin: 0; }
.folded .ask, .folded .alert { width: 0; min-width: max(100% - 24px, 15em); }
.ask .press { background: var(--paper); }
.alert, .warn { color: var(--warn); }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.pair { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 2px 10px; }
.link { padding: 8px 10px; border-radius: 8px; text-align: center; text-decoration: none; font-weight: 600; background: var(--accent-soft); color: var(--accent); }
.textual { padding: 2px 0; justify-self: start; text-align: start; text-decoration: underline; text-underline-offset: 2px; color: var(--accent); font-size: 0.92em; }
.pair .textual { font-size: 1em; }
.textual.warn { color: var(--warn); }
h2 { font-size: 1em; font-weight: 600; }
.keys { display: grid; grid-template-columns: auto 1fr; gap: 4px 12px; align-items: center; }
.keys .press { padding: 3px 8px; font-weight: 400; }
[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
.switch { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 2px 0; text-align: start; }
select { max-width: 100%; padding: 3px 6px; border: 1px solid var(--edge); border-radius: 6px; background: var(--paper); }
ul { margin: 0; padding: 0; list-style: none; display: grid; gap: 8px; }
li { min-width: 0; padding: 8px 10px; border-radius: 8px; background: var(--raised); font-size: 0.92em; overflow-wrap: anywhere; }
pre { margin: 4px 0 0; white-space: pre-wrap; font: 0.92em/1.4 ui-monospace, monospace; user-select: text; }
@media (forced-colors: active) { .press, .state, .bar { border: 1px solid; } .fill { background: Highlight !important; } }
`;

/**
 * @param {ShadowRoot} root
 */
export function dress(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(PANEL_CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Firefox keeps constructed sheets from the sandbox that some managers run in; there an element is allowed.
    const style = document.createElement("style");
    style.textContent = PANEL_CSS;
    root.append(style);
  }
}
