// @ts-check
// The words that every part shares. Types only, and the four things that can be pressed.

/** @typedef {"NEXT" | "PAUSE" | "UNDO" | "EXIT"} EventType */

/**
 * One press, exactly as it goes to the server (`sent_at` is added when it leaves).
 * @typedef {object} TrackedEvent
 * @property {string} event_id  UUID, made at the press: the server counts each id once
 * @property {EventType} type
 * @property {string} timestamp  ISO 8601, UTC, milliseconds, by the widget's clock
 * @property {true} [discard]  the question that this closes is counted nowhere
 */

/**
 * A press as it waits in the userscript manager's storage.
 * @typedef {object} Waiting
 * @property {TrackedEvent} event
 * @property {string | null} account  whose it is; null: pressed before this browser was ever connected
 */

/**
 * A press that the server refused for good.
 * @typedef {object} Refused
 * @property {TrackedEvent} event
 * @property {string} reason  the server's own sentence
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
 * @property {string | null} session_id
 * @property {boolean} is_active
 * @property {boolean} is_paused
 * @property {boolean} [forgotten]
 * @property {number | null} current_question_index
 * @property {string | null} current_question_started_at
 * @property {number | null} current_target_minutes
 * @property {number | null} current_question_paused_seconds
 * @property {string | null} paused_since
 * @property {number} total_questions
 * @property {EventType | null} last_event_type
 * @property {number | null} last_question_active_seconds
 * @property {number | null} last_question_raw_seconds
 * @property {string} avg_active_mmss
 * @property {string} pace_label
 * @property {string} pace_emoji
 * @property {number} pace_ratio
 */

/** @type {readonly EventType[]} */
export const EVENT_TYPES = Object.freeze(["NEXT", "PAUSE", "UNDO", "EXIT"]);
