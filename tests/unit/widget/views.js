// The widget's views of logs, in the words of the table machine_cases.json. Run as a program it reads
// `[{adopted, events}]` as JSON from standard input and writes the views after each of the events to standard output.

import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

import { project, sessionPace } from "../../../app/widget/machine.js";

/** @param {number | null} ms */
function seconds(ms) {
  return ms === null ? null : Math.round(ms * 1000) / 1e6;
}

function described(view) {
  const { label, ratio } = sessionPace(view);
  const open = {
    index: view.index,
    started: seconds(view.startedAt),
    paused: seconds(view.pausedMs),
    paused_since: seconds(view.pausedSince),
    target: view.targetMinutes,
  };
  return {
    open: view.active ? open : null,
    counted: { count: view.count, active: seconds(view.activeSumMs), target: seconds(view.targetSumMs) },
    pace: [label, ratio],
  };
}

/** The views after the first event, after the second, and so on. */
export function viewsOf({ adopted, events }) {
  return events.map((_event, i) => described(project(adopted, events.slice(0, i + 1))));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const logs = JSON.parse(await text(process.stdin));
  process.stdout.write(JSON.stringify(logs.map(viewsOf)));
}
