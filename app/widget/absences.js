// @ts-check
// Periods without keyboard or pointer activity. The user is asked about each until it is answered for; the answer is
// recorded once, at the time of the absence.

/** @import { Adopted, Answer, Away, AwayAnswer, EventType, TrackedEvent } from "./types.js" */
/** @import { ClockMemory } from "./clock.js" */
/** @import { Storage } from "./storage.js" */
import { isoOf } from "./clock.js";
import { idAfter } from "./tasks.js";

/** A shorter remainder was no absence from this question: another device began it meanwhile. */
const SHORTEST_AWAY_MS = 30_000;
/** An action on another device counts only if it is this far inside the absence. */
const INSIDE_MS = 1000;

/**
 * What must be known when an absence begins or is answered.
 * @typedef {object} Situation
 * @property {string | null} account
 * @property {(away: Away) => boolean} isMine
 * @property {number} startedAt  of the open question, wall clock, ms
 * @property {ClockMemory} clock
 * @property {Adopted | null} adopted
 * @property {boolean} isWithoutTask  the open question has no task: the user is back on the task list
 */

/**
 * @param {object} dependencies
 * @param {Storage} dependencies.storage
 * @param {() => Situation} dependencies.situation
 * @param {(events: TrackedEvent[]) => Promise<boolean>} dependencies.keep
 * @param {() => void} dependencies.show
 * @param {() => void} dependencies.invalidateReads  a read of the storage that is in progress must not be used
 */
export function createAbsences({ storage, situation, keep, show, invalidateReads }) {
  /** Not yet answered, of all accounts. @type {Away[]} */
  let aways = [];

  /** The absence that the user is asked about. */
  const asked = () => aways.find(situation().isMine);

  /** @param {Away[]} changed */
  function store(changed) {
    invalidateReads();
    aways = changed;
    return storage.set("away", changed);
  }

  return {
    asked,

    /** @param {Away[]} stored */
    adopt(stored) {
      aways = stored;
    },

    /**
     * @param {number} since  wall clock, ms
     * @param {number} to  wall clock, ms
     * @returns {Promise<boolean>} whether the user is asked about it
     */
    async begin(since, to) {
      const { account, startedAt, clock } = situation();
      const from = awayFrom(since, startedAt, clock);
      if (to - from < SHORTEST_AWAY_MS) return false;
      const stored = store([...aways, { id: crypto.randomUUID(), from, to, account }]);
      show();
      await stored;
      return true;
    },

    /** @param {AwayAnswer} answer */
    async answer(answer) {
      const away = asked();
      if (!away) return;
      const { clock, isWithoutTask, isMine, startedAt } = situation();
      const inOpenQuestion = startedAt < away.from;
      const events = eventsFor(away, answer, clock.offset, isWithoutTask && inOpenQuestion);
      // Events and absence are written before anything is awaited: nobody is asked twice.
      const kept = !events.length || keep(events);
      // If the session ends there, no later absence of it is left to be asked about.
      const endsSession = answer === "end" && inOpenQuestion;
      const answered = aways.filter((each) => each === away || (endsSession && isMine(each) && each.from > away.from));
      await store(aways.filter((each) => !answered.includes(each)));
      if (!(await kept)) await store([...answered, ...aways]);
      show();
    },

    /** Removes absences during which the user acted on another device. */
    async forgetAnswered() {
      const { adopted, clock, isMine } = situation();
      if (!adopted) return;
      const ahead = adopted.shift + clock.offset;
      const left = aways.filter((each) => !isMine(each) || !isAnsweredElsewhere(each, adopted.answer, ahead));
      if (left.length !== aways.length) await store(left);
    },
  };
}

/**
 * The events that an answer records. Their ids and times are the same in every tab: if another tab gives the same
 * answer, it counts once.
 * @param {Away} away
 * @param {AwayAnswer} answer
 * @param {number} offset  ms from the wall clock to the widget's clock
 * @param {boolean} discardAtExit  the question that an EXIT closes is not counted
 * @returns {TrackedEvent[]}
 */
function eventsFor(away, answer, offset, discardAtExit) {
  return awayEvents(away, answer).map(([type, at], i) => {
    const event = { event_id: idAfter(away.id, i), type, timestamp: isoOf((at + offset) * 1000) };
    return type === "EXIT" && discardAtExit ? { ...event, discard: true } : event;
  });
}

/**
 * The beginning of an absence: right after the last known activity.
 * @param {number} from  wall clock, ms
 * @param {number} startedAt  of the open question, wall clock, ms
 * @param {ClockMemory} clock
 * @returns {number} wall clock, whole ms
 */
export function awayFrom(from, startedAt, clock) {
  return Math.ceil(Math.max(from, startedAt, clock.last - clock.offset)) + 1;
}

/**
 * @param {Pick<Away, "from" | "to">} away
 * @param {AwayAnswer} answer
 * @returns {[EventType, number][]} types and times (wall clock, ms), before any event after the return
 */
export function awayEvents({ from, to }, answer) {
  if (answer === "work") return [];
  if (answer === "end") return [["EXIT", from]];
  return [["PAUSE", from], ["PAUSE", to - 1]];
}

/**
 * @param {Pick<Away, "from" | "to">} away
 * @param {Pick<Answer, "current_question_started_at" | "paused_since">} answer  the server's current answer
 * @param {number} ahead  ms from the wall clock to the server's
 * @returns {boolean} whether the user acted on another device meanwhile, and so was not away
 */
export function isAnsweredElsewhere({ from, to }, answer, ahead) {
  return [answer.current_question_started_at, answer.paused_since].some((iso) => {
    if (iso === null) return false;
    const at = Date.parse(iso) - ahead;
    return at > from + INSIDE_MS && at < to - INSIDE_MS;
  });
}
