// @ts-check
// The panel's look. It lives in a shadow root: neither the task page's rules nor its Content-Security-Policy reach it.

export const PANEL_CSS = `
:host {
  all: initial !important;
  display: block !important;
  position: fixed !important;
  inset: 0 auto auto 0 !important;
  width: 0 !important;
  height: 0 !important;
  z-index: 2147483647 !important;
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
  position: fixed; width: 264px; max-width: calc(100vw - 16px); max-height: calc(100vh - 16px); overflow: auto;
  font: 400 13px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; text-align: start; color: var(--ink); background: var(--paper);
  border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); user-select: none;
}
header {
  display: flex; align-items: center; gap: 2px; min-height: 38px; padding: 4px 6px; cursor: grab; touch-action: none;
}
.moving header { cursor: grabbing; }
.title { flex: 1; min-width: 0; padding-inline: 4px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-weight: 600; }
.brief { font-weight: 400; color: var(--quiet); }
button, a { font: inherit; color: inherit; }
button { appearance: none; margin: 0; border: 0; background: none; cursor: pointer; border-radius: 7px; }
button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.icon { display: grid; place-items: center; width: 28px; height: 28px; padding: 0; color: var(--quiet); }
.icon:hover { background: var(--raised); color: var(--ink); }
.grip { width: 20px; cursor: inherit; }
svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.view { padding: 0 12px 12px; display: grid; gap: 10px; }
.time { display: flex; align-items: baseline; gap: 8px; }
.clock { font-size: 36px; line-height: 1; font-weight: 600; letter-spacing: -0.02em; }
.target { color: var(--quiet); white-space: nowrap; }
.state { flex: none; margin-inline-end: 4px; padding: 1px 8px; border-radius: 99px; font-size: 12px; font-weight: 600; background: var(--raised); color: var(--quiet); }
.running .state { background: var(--accent-soft); color: var(--accent); }
.paused .state { background: var(--warn-soft); color: var(--warn); }
.paused .clock, .idle .clock { color: var(--quiet); }
.bar { height: 4px; border-radius: 2px; background: var(--raised); overflow: hidden; }
.bar span { display: block; height: 100%; width: 0; border-radius: 2px; background: var(--accent); }
.paused .bar span { background: var(--warn); }
dl { margin: 0; display: flex; gap: 16px; }
dt { font-size: 11px; color: var(--quiet); }
dd { margin: 0; font-weight: 600; }
.buttons { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; }
.press {
  display: grid; gap: 1px; justify-items: center; padding: 6px 2px; background: var(--raised); border: 1px solid var(--line); font-weight: 600;
}
.press:hover { border-color: var(--edge); }
.press:active { transform: translateY(1px); }
.press kbd { font: inherit; font-size: 10px; font-weight: 400; color: var(--quiet); overflow-wrap: anywhere; }
.next { grid-column: 1 / -1; padding: 8px; background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-size: 15px; }
.next:hover { border-color: var(--ink); }
.next kbd { font-size: 11px; color: inherit; opacity: 0.85; }
p { margin: 0; }
.notice:empty { display: none; }
.notice, .waiting { color: var(--quiet); font-size: 12px; }
.notice { overflow-wrap: anywhere; }
.alert { padding: 8px 10px; border-radius: 8px; background: var(--warn-soft); color: var(--warn); font-size: 12px; }
.link { display: block; padding: 8px 10px; border-radius: 8px; text-align: center; text-decoration: none; font-weight: 600; background: var(--accent-soft); color: var(--accent); }
.textual { padding: 2px 4px; margin-inline-start: -4px; justify-self: start; text-align: start; text-decoration: underline; text-underline-offset: 2px; color: var(--accent); font-size: 12px; }
h2 { margin: 0; font-size: 13px; font-weight: 600; }
.keys { display: grid; grid-template-columns: auto 1fr; gap: 6px 12px; align-items: center; }
.keys button { padding: 5px 8px; background: var(--raised); border: 1px solid var(--line); text-align: center; }
.keys button[aria-pressed="true"] { border-color: var(--accent); background: var(--accent-soft); color: var(--accent); }
ul { margin: 0; padding: 0; list-style: none; display: grid; gap: 8px; max-height: 220px; overflow: auto; }
li { padding: 8px 10px; border-radius: 8px; background: var(--raised); font-size: 12px; overflow-wrap: anywhere; }
@media (forced-colors: active) { .panel, .press { border: 1px solid; } .bar span { background: Highlight; } }
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
