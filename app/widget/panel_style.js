// @ts-check
// The panel's style. It is in a shadow root: neither the rules of the task page nor its Content-Security-Policy apply.

const PANEL_CSS = `
:host {
  all: initial !important;
  direction: ltr !important;
  display: contents !important;
  color-scheme: light dark !important;
}
* {
  box-sizing: border-box;
  margin: 0;
}
[hidden] { display: none !important; }
.panel {
  --paper: light-dark(#fff, #161e1c);
  --ink: light-dark(#14211f, #e4ebe9);
  --dim: light-dark(#51615e, #a1b1ad);
  --line: light-dark(#d5dddb, #2a3734);
  --edge: light-dark(#7d8d89, #6d7f7a);
  --calm: light-dark(#eaeeee, #202a28);
  --good: light-dark(#0b6a60, #62c9b7);
  --mild: light-dark(#dff0ec, #16332e);
  --warn: light-dark(#97480c, #f0ab6e);
  --warm: light-dark(#f9e9da, #3a2815);
  position: fixed;
  z-index: 2147483647;
  display: flex;
  flex-flow: column;
  max-width: calc(100vw - 16px);
  max-height: calc(100vh - 16px);
  font: 400 13px/1.4 system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 12px;
  box-shadow: 0 8px 30px #0004;
  user-select: none;
}
.collapsed { width: max-content; }
header {
  display: flex;
  align-items: center;
  gap: 2px;
  padding: 4px 6px;
  cursor: grab;
  touch-action: none;
}
header:active { cursor: grabbing; }
.title {
  flex: 1;
  padding: 0 4px;
}
.title, .clock, .state, .zone, dd, .press, .link { font-weight: 600; }
.brief { font-weight: 400; }
button, a, select {
  font: inherit;
  color: inherit;
}
button {
  padding: 0;
  border: 0;
  background: none;
  cursor: pointer;
}
button, li, .link, .alert, .ask { border-radius: 8px; }
:focus-visible {
  outline: 2px solid var(--good);
  outline-offset: 1px;
}
.icon {
  display: grid;
  place-items: center;
  width: 28px;
  height: 28px;
}
.icon:hover, .press, .state, .bar, li { background: var(--calm); }
.grip {
  width: 20px;
  cursor: inherit;
}
.icon,
.brief,
.target,
.state,
.quiet,
dt,
kbd,
.discard,
.leave,
[data-session=paused] .clock,
[data-session=ready] .clock,
[data-zone=early] .zone { color: var(--dim); }
svg {
  width: 1.2em;
  vertical-align: -0.2em;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.8;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.face svg { stroke-width: 1.25; }
.edge {
  position: absolute;
  inset: 12px -4px 12px auto;
  width: 8px;
  border-radius: 4px;
  cursor: ew-resize;
  touch-action: none;
}
.on-left { inset: 12px auto 12px -4px; }
.edge:hover { background: var(--line); }
.body {
  display: flex;
  flex-flow: column;
  overflow: auto;
}
.view { padding: 0 12px 12px; }
.view, .section, .ask, ul {
  display: grid;
  gap: 8px;
}
.time {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 0 8px;
}
.clock {
  font-size: 2.8em;
  line-height: 1;
}
.state {
  padding: 1px 8px;
  border-radius: 99px;
}
.state, .quiet, .alert, .discard, .leave, li { font-size: 0.92em; }
[data-session=running] .state, .link {
  background: var(--mild);
  color: var(--good);
}
[data-session=paused] .state, .ask, .alert {
  background: var(--warm);
  color: var(--warn);
}
[data-zone=band].mark, [data-zone=band] .zone, .text-button { color: var(--good); }
[data-zone=late] :is(.clock, .zone), [data-zone=late].mark, .warn { color: var(--warn); }
.bar {
  position: relative;
  height: 6px;
  margin: 2px 0;
  border-radius: 3px;
}
.fill {
  position: absolute;
  inset: 0 auto 0 0;
  border-radius: 3px;
  background: var(--edge);
}
[data-zone=band] .fill { background: var(--good); }
[data-zone=late] .fill { background: var(--warn); }
.edges {
  position: absolute;
  inset: -3px auto;
  border: solid var(--ink);
  border-width: 0 2px;
}
dl {
  display: flex;
  gap: 16px;
}
dt { font-size: 0.85em; }
.buttons {
  display: grid;
  grid: auto / repeat(6, 1fr);
  gap: 6px;
}
.buttons * { grid-column: span 2; }
.press {
  display: grid;
  place-content: center;
  justify-items: center;
  padding: 6px 4px;
  border: 1px solid var(--line);
}
.press:hover { border-color: var(--edge); }
kbd { font: 400 0.8em system-ui, sans-serif; }
.buttons .next {
  grid-column: 1 / -1;
  padding: 8px;
  background: var(--good);
  color: var(--paper);
  font-size: 1.15em;
}
.next kbd { color: inherit; }
.buttons :is(.discard, .leave) {
  grid-column: span 3;
  padding: 4px;
  background: none;
  font-weight: 400;
}
p, li { overflow-wrap: anywhere; }
.alert, .ask {
  margin: 0 12px 12px;
  padding: 8px 10px;
}
.alert {
  position: sticky;
  top: 0;
  bottom: 12px;
}
.at-bottom .alert { order: -1; }
.at-bottom .buttons { order: 1; }
.view .ask { margin: 0; }
.collapsed :is(.ask, .alert) {
  width: 0;
  min-width: max(100% - 24px, 15em);
}
.ask .press {
  background: var(--paper);
  color: var(--ink);
}
.announcement {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
.pair {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  align-items: center;
  gap: 2px 10px;
}
.link {
  padding: 8px;
  text-align: center;
  text-decoration: none;
}
.text-button {
  justify-self: start;
  text-decoration: underline;
}
h2 { font-size: 1em; }
ul {
  padding: 0;
  list-style: none;
}
li {
  min-width: 0;
  padding: 8px 10px;
}
@media (forced-colors: active) {
  .press, .state, .bar { border: 1px solid; }
  .fill { background: Highlight !important; }
}
`;

/** @param {ShadowRoot} root */
export function applyStyle(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(PANEL_CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Firefox does not accept constructed sheets from the sandbox in which some managers run scripts.
    const style = document.createElement("style");
    style.textContent = PANEL_CSS;
    root.append(style);
  }
}
