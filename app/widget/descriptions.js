// @ts-check
// Describes the open question when the page shows its task: once, in one tab, and only in the tab the user looks at.

/** @import { Away, TrackedEvent } from "./types.js" */
/** @import { Circumstances, Opened } from "./tasks.js" */
/** @import { Storage } from "./storage.js" */
/** @import { TrackerState } from "./tracker_state.js" */
import { oneTabAtATime } from "./locks.js";
import { canDescribe, describing, isFound, withOpened } from "./tasks.js";
import { openQuestionOf, shiftOf, startedAtOf } from "./tracker_state.js";

/**
 * @param {object} dependencies
 * @param {Storage} dependencies.storage
 * @param {TrackerState} dependencies.state
 * @param {{asked: () => Away | undefined}} dependencies.absences
 * @param {() => Promise<unknown>} dependencies.look  asks the server for its current state
 * @param {(question: Opened) => void} dependencies.remember
 * @param {(events: TrackedEvent[]) => Promise<boolean>} dependencies.keep
 * @param {() => void} dependencies.show
 * @returns {() => void} to be called whenever the page or the state has changed
 */
export function createDescriber({ storage, state, absences, look, remember, keep, show }) {
  /** The description for which the server was last asked for its current state. */
  let askedFor = "";

  let isWaiting = false;

  /** Begins to describe the open question, when it is this tab's turn. Nothing waits for that. */
  function describe() {
    if (document.hidden || !document.hasFocus() || isWaiting) return;
    const open = openQuestionOf(state);
    if (!state.settled || !isFound(open, state.page)) return;
    // A NEXT that is pressed from now on closes this task, however long it takes until the question is described.
    if (open.task === null) remember({ ...open, task: state.page.task });
    isWaiting = true;
    oneTabAtATime(storage, "tasks", describeInTurn)
      // If the storage fails, nothing is lost: the question is described at the next change of page or storage.
      .catch(() => {
        isWaiting = false;
      });
  }

  async function describeInTurn() {
    isWaiting = false;
    // Another tab may have described it, and NEXT may be pressed here while the storage is read.
    const stored = /** @type {Opened[]} */ ((await storage.get("tasks")) ?? []);
    state.opened = stored.reduce(withOpened, state.opened);
    const open = openQuestionOf(state);
    if (isFound(open, state.page)) await describeQuestion(open);
  }

  /** @param {Opened} open  the open question */
  async function describeQuestion(open) {
    const { page } = state;
    const isPossible = canDescribe(open, circumstancesOf(open));
    const wanted = open.event.event_id + JSON.stringify(page.fields) + (state.adopted?.at ?? 0);
    // Once for each answer, which may have become old before it was this tab's turn. The sender itself retries.
    if (isPossible === "ask" && wanted !== askedFor) void look();
    askedFor = wanted;
    const fields = isPossible === "yes" ? page.fields : {};
    const { events, known } = describing(open, page.task, fields, startedAtOf(state));
    if (!events.length && open.task) return;
    remember(known);
    if (!events.length || (await keep(events))) return;
    // The user did nothing that could be repeated.
    state.notice = null;
    show();
  }

  /**
   * @param {Opened} open
   * @returns {Circumstances}
   */
  function circumstancesOf({ event }) {
    const unacknowledged = [...state.entries, ...state.pending];
    return {
      view: state.view,
      shift: shiftOf(state),
      away: absences.asked(),
      reachable: state.connected && !state.trouble,
      waits: unacknowledged.some((entry) => entry.event.event_id === event.event_id),
      age: Math.abs(Date.now() - (state.adopted?.at ?? 0)),
    };
  }

  return describe;
}
