// @ts-check
// The types that all parts share, and the list of actions.

/** @import { Pace } from "./pace.js" */
/** @import { View } from "./machine.js" */

/** @typedef {"NEXT" | "PAUSE" | "UNDO" | "EXIT"} EventType */

/**
 * What a button or a key does. DISCARD sends a NEXT and LEAVE an EXIT whose closed question is not counted.
 * @typedef {EventType | "DISCARD" | "LEAVE"} Action
 */

/**
 * An event, exactly as it is sent to the server (`sent_at` is added at sending).
 * @typedef {object} TrackedEvent
 * @property {string} event_id  UUID, made when the action happens: the server counts each id once
 * @property {EventType} type
 * @property {string} timestamp  ISO 8601, UTC, microseconds, by the widget's clock
 * @property {true} [discard]  the question that this event closes is not counted
 * @property {string} [task_id]  of the question that this NEXT opens, as are the next two
 * @property {number} [target_minutes]
 * @property {string} [task_type]
 */

/**
 * What a task page tells about the question that a NEXT opens.
 * @typedef {Pick<TrackedEvent, "task_id" | "target_minutes" | "task_type">} TaskFields
 */

/**
 * An event as it is stored in the userscript manager: while it waits, and for a while after it was acknowledged.
 * @typedef {object} Waiting
 * @property {TrackedEvent} event
 * @property {string | null} account  the account it belongs to; null: made before this browser was ever connected
 */

/**
 * An event that the server refused.
 * @typedef {object} Refused
 * @property {TrackedEvent} event
 * @property {string | null} account
 * @property {string} reason  the server's own sentence
 * @property {boolean} fresh  refused within seconds: shown once as a notice, and removed with the next event
 */

/**
 * The connection of this browser to an account.
 * @typedef {object} Link
 * @property {string} token  "" after a disconnect
 * @property {string} id  of the token in the account's list of tokens
 * @property {string} name  of this browser on the profile page
 * @property {string | null} account
 * @property {string} since  ISO 8601; tells one connection from the next
 */

/**
 * The fields of the server's answer that the panel needs.
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
 * The server's last answer, as it is stored for all tabs.
 * @typedef {object} Adopted
 * @property {Answer} answer
 * @property {number} at  when it was received, wall clock, ms
 * @property {number} shift  ms from the widget's clock to the server's, where the server corrects stamps
 * @property {boolean} [clocksDiffer]  the two are more than 12 hours apart; unknown in answers of older versions
 * @property {string[]} covers  ids of events that the answer already contains, even if they still wait
 * @property {number | null} usualMinutes  the target of a question without a target of its own, null if not known
 * @property {true} [discarded]  the question that the event of this answer closed is not counted
 */

/** @typedef {"task number" | "estimated time" | "submit button" | "release button"} CheckedElement */

/**
 * What the reader found on the page of this tab.
 * @typedef {object} Reading
 * @property {"task" | "list" | "other"} place
 * @property {string | null} task  identifies the task: its id, or a generated name for this view of the page
 * @property {TaskFields} fields  for the next NEXT; empty if nothing could be read
 * @property {string} estimate  the estimated time as written on the page, "" if it was not found
 * @property {{what: CheckedElement, found: boolean}[]} checks  the self-test; empty outside task pages
 */

/**
 * A period without keyboard or pointer activity while a question was running, not yet answered for.
 * @typedef {object} Away
 * @property {string} id  UUID
 * @property {number} from  wall clock, ms
 * @property {number} to  wall clock, ms
 * @property {string | null} account  as in `Waiting`
 */

/** @typedef {"work" | "pause" | "end"} AwayAnswer */

/**
 * A request as it was sent, without the token. The last few are stored for display.
 * @typedef {{at: string, method: string, path: string, body: string, status: number}} SentRequest
 */

/**
 * Everything that the panel draws.
 * @typedef {object} Model
 * @property {View} view
 * @property {Pace} pace  of the session, with the waiting events applied
 * @property {Adopted | null} adopted
 * @property {number} waiting  number of events that will be sent
 * @property {number} foreign  number of events of another account: they wait until that account is connected again
 * @property {Refused[]} refused
 * @property {Link | null} link
 * @property {boolean} connected
 * @property {string | null} trouble  why nothing can be sent at the moment
 * @property {string | null} notice  a sentence about the last action
 * @property {number | null} arrivedAt  when the server last acknowledged an event, wall clock, ms
 * @property {Away | null} away  the absence that the user is asked about
 * @property {Reading} reading  of this tab's page
 * @property {string | null} check  result of "Did everything arrive?"
 */

/** @type {readonly Action[]} */
export const ACTIONS = ["NEXT", "PAUSE", "UNDO", "EXIT", "DISCARD", "LEAVE"];
