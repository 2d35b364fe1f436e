// @ts-check
// The words that every part shares: types, and what can be pressed.

/** @import { Pace } from "./pace.js" */
/** @import { View } from "./machine.js" */

/** @typedef {"NEXT" | "PAUSE" | "UNDO" | "EXIT"} EventType */

/**
 * What a button or key does. DISCARD is a NEXT, LEAVE an EXIT, whose closed question is counted nowhere.
 * @typedef {EventType | "DISCARD" | "LEAVE"} Action
 */

/**
 * One press, exactly as it goes to the server (`sent_at` is added when it leaves).
 * @typedef {object} TrackedEvent
 * @property {string} event_id  UUID, made at the press: the server counts each id once
 * @property {EventType} type
 * @property {string} timestamp  ISO 8601, UTC, microseconds, by the widget's clock
 * @property {true} [discard]  the question that this closes is counted nowhere
 * @property {string} [task_id]  of the question that this NEXT opens, as are the next two
 * @property {number} [target_minutes]
 * @property {string} [task_type]
 */

/**
 * What a task page tells about the question that a NEXT opens.
 * @typedef {Pick<TrackedEvent, "task_id" | "target_minutes" | "task_type">} TaskFields
 */

/**
 * A press as it waits in the userscript manager's storage, and as it stays there for a while after it was acknowledged.
 * @typedef {object} Waiting
 * @property {TrackedEvent} event
 * @property {string | null} account  whose it is; null: pressed before this browser was ever connected
 */

/**
 * A press that the server refused.
 * @typedef {object} Refused
 * @property {TrackedEvent} event
 * @property {string | null} account
 * @property {string} reason  the server's own sentence
 * @property {boolean} fresh  refused while she was still looking: told once, gone with the next press
 */

/**
 * What the connected browser holds.
 * @typedef {object} Link
 * @property {string} token
 * @property {string} id  what the token is called where it is listed and ended
 * @property {string} name  how the profile page lists this browser
 * @property {string | null} account
 * @property {string} since  ISO 8601; tells one connection from the next
 */

/**
 * The fields of the server's answer that the panel draws.
 * @typedef {object} Answer
 * @property {string} server_timestamp
 * @property {boolean} is_active
 * @property {boolean} [forgotten]
 * @property {string | null} current_question_started_at
 * @property {number | null} current_target_minutes
 * @property {number | null} current_question_paused_seconds
 * @property {string | null} paused_since
 * @property {number} total_questions
 * @property {EventType | null} last_event_type
 * @property {number | null} last_question_active_seconds
 * @property {number | null} last_question_raw_seconds
 * @property {number} avg_active_seconds
 * @property {number} pace_ratio
 */

/**
 * The server's view of the session, as it is kept for every tab.
 * @typedef {object} Adopted
 * @property {Answer} answer
 * @property {number} at  when it came, wall clock, ms
 * @property {number} shift  ms from the widget's clock to the server's
 * @property {string[]} covers  event ids that the answer already contains, should they still wait
 * @property {number | null} usualMinutes  the target of a question that brings none of its own, as far as it is known
 * @property {true} [discarded]  the question that the event of this answer closed is counted nowhere
 */

/**
 * What this browser's page shows at the moment, read by the reader.
 * @typedef {object} Reading
 * @property {"task" | "list" | "other"} place
 * @property {string | null} task  tells one task from the next: its id, or a name for this view of the page
 * @property {TaskFields} fields  ready to go with a NEXT; empty where nothing could be read
 * @property {string} estimate  the estimated time as it stands on the page, "" where it was not found
 * @property {{what: "task number" | "estimated time" | "submit button" | "release button", found: boolean}[]} checks  the self-test; empty outside task pages
 */

/**
 * A stretch without key or pointer while a question was running, not yet answered for. Wall clock, ms.
 * @typedef {{id: string, from: number, to: number, account: string | null}} Away  `id`: a UUID; `account`: as of a press
 */

/** @typedef {"work" | "pause" | "end"} AwayAnswer */

/** One request exactly as it left, but for the token.
 * @typedef {{at: string, method: string, path: string, body: string, status: number}} SentRequest
 */

/**
 * All that the panel draws.
 * @typedef {object} Model
 * @property {View} view
 * @property {Pace} pace  of the session, presses that wait included
 * @property {Adopted | null} adopted
 * @property {number} waiting  presses that will be sent
 * @property {number} foreign  presses of another account: they wait until that account is connected again
 * @property {Refused[]} refused
 * @property {Link | null} link
 * @property {boolean} connected
 * @property {string | null} trouble  why nothing gets through at the moment
 * @property {string | null} notice  a sentence about the press just made
 * @property {number | null} arrivedAt  when the server last acknowledged a press, ms, wall clock
 * @property {Away | null} away
 * @property {Reading} reading  of this tab's page
 * @property {string | null} check  what "Did everything arrive?" found
 */

/** @type {readonly Action[]} */
export const ACTIONS = ["NEXT", "PAUSE", "UNDO", "EXIT", "DISCARD", "LEAVE"];
