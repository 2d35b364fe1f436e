// @ts-check
// The stretches without key or pointer: each is asked about until she has said what it was, and recorded once as that.

/** @import { Adopted, Answer, Away, AwayAnswer, EventType, TrackedEvent } from "./words.js" */
/** @import { ClockMemory } from "./clock.js" */
/** @import { Storage } from "./storage.js" */
import { isoOf } from "./clock.js";
import { idAfter } from "./tasks.js";

/** What of it is shorter was no absence from this question: another device began it meanwhile. */
const SHORTEST_AWAY_MS = 30_000;

/**
 * What must be known when one begins or is answered.
 * @typedef {object} Standing
 * @property {string | null} account
 * @property {(one: Away) => boolean} isMine
 * @property {number} startedAt  of the open question, wall clock, ms
 * @property {ClockMemory} clock
 * @property {Adopted | null} adopted
 * @property {boolean} aboutNothing  the open question
 */

/**
 * @param {object} parts
 * @param {Storage} parts.storage
 * @param {() => Standing} parts.standing
 * @param {(events: TrackedEvent[]) => Promise<boolean>} parts.keep
 * @param {() => void} parts.show
 * @param {() => void} parts.outdate  what is being read from the storage at this moment knows nothing of what is kept now
 */
export function createAbsences({ storage, standing, keep, show, outdate }) {
  /** Not yet answered for, of every account. @type {Away[]} */
  let aways = [];

  /** The one that she is asked about. */
  const asked = () => aways.find(standing().isMine);

  /** @param {Away[]} some */
  function store(some) {
    outdate();
    aways = some;
    return storage.set("away", some);
  }

  return {
    asked,

    /** @param {Away[]} stored */
    adopt(stored) {
      aways = stored;
    },

    /**
     * @param {number} since  wall clock, ms
     * @param {number} to
     * @returns {Promise<boolean>} whether she is asked about it
     */
    async begin(since, to) {
      const { account, startedAt, clock } = standing();
      const from = awayFrom(since, startedAt, clock);
      if (to - from < SHORTEST_AWAY_MS) return false;
      const kept = store([...aways, { id: crypto.randomUUID(), from, to, account }]);
      show();
      await kept;
      return true;
    },

    /** @param {AwayAnswer} answer */
    async answer(answer) {
      const one = asked();
      if (!one) return;
      const { clock, aboutNothing, isMine, startedAt } = standing();
      const inOpenQuestion = startedAt < one.from;
      const events = awayEvents(one, answer).map(([type, at], i) => ({
        // No digits of this tab's: should another answer the same, it says the same.
        event_id: idAfter(one.id, i), type, timestamp: isoOf((at + clock.offset) * 1000),
        ...(type === "EXIT" && aboutNothing && inOpenQuestion && { discard: /** @type {const} */ (true) }),
      }));
      // Both are on their way when she sees it answered: nobody is asked twice.
      const kept = !events.length || keep(events);
      // With the session ended there, nothing is left of it for her to have been away from.
      const ends = answer === "end" && inOpenQuestion;
      const gone = aways.filter((each) => each === one || (ends && isMine(each) && each.from > one.from));
      await store(aways.filter((each) => !gone.includes(each)));
      if (!(await kept)) await store([...gone, ...aways]);
      show();
    },

    async forgetAnswered() {
      const { adopted, clock, isMine } = standing();
      if (!adopted) return;
      const { answer, shift } = adopted;
      const left = aways.filter((each) => !isMine(each) || !isAnsweredElsewhere(each, answer, shift + clock.offset));
      if (left.length !== aways.length) await store(left);
    },
  };
}

/**
 * Right after the last thing that is known of her.
 * @param {number} from
 * @param {number} startedAt  of the open question, wall clock, ms
 * @param {ClockMemory} clock
 */
export function awayFrom(from, startedAt, clock) {
  return Math.ceil(Math.max(from, startedAt, clock.last - clock.offset)) + 1;
}

/**
 * @param {Away} away
 * @param {AwayAnswer} answer
 * @returns {[EventType, number][]} what to record, and when: before anything that she pressed on her return
 */
export function awayEvents({ from, to }, answer) {
  if (answer === "work") return [];
  return answer === "end" ? [["EXIT", from]] : [["PAUSE", from], ["PAUSE", to - 1]];
}

/**
 * @param {Away} away
 * @param {Answer} answer  the server's, of now
 * @param {number} ahead  ms from the wall clock to the server's
 * @returns {boolean} whether something was pressed on another device meanwhile: then she was not away
 */
export function isAnsweredElsewhere({ from, to }, answer, ahead) {
  return [answer.current_question_started_at, answer.paused_since].some((iso) => {
    const at = iso === null ? NaN : Date.parse(iso) - ahead;
    return at > from + 1000 && at < to - 1000;
  });
}
