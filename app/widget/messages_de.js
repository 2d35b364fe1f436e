// @ts-check
// The texts of the panel in German. The words are those of the pages: app/locales/de/LC_MESSAGES/messages.po.

/** @import { Messages } from "./messages.js" */

/** @param {number} count */
function waitingGerman(count) {
  return count === 1 ? "1 Eingabe wartet" : `${count} Eingaben warten`;
}

/** What the tracker refuses a press with; {kind} stands for the name of an event. */
const REFUSALS = new Map([
  [
    "No active session. Press NEXT to start a session before sending {kind} events.",
    "Keine Sitzung läuft. Drücke NEXT, um eine zu beginnen, bevor du {kind} sendest.",
  ],
  [
    "The session was left running without an event for too long and counts as ended. Press NEXT to start a new one "
      + "before sending {kind} events.",
    "Die Sitzung lief zu lange ohne Ereignis weiter und gilt als beendet. Drücke NEXT, um eine neue zu beginnen, bevor "
      + "du {kind} sendest.",
  ],
  [
    "Nothing to undo: no question of this session has been closed before this one.",
    "Nichts rückgängig zu machen: In dieser Sitzung wurde vor dieser Frage keine geschlossen.",
  ],
  [
    "The time stamp lies more than 24 hours in the future.",
    "Der Zeitstempel liegt mehr als 24 Stunden in der Zukunft.",
  ],
  ["The time stamp lies before the year 2000.", "Der Zeitstempel liegt vor dem Jahr 2000."],
  ["This account does not exist any more.", "Dieses Konto gibt es nicht mehr."],
  [
    "This event was recorded, and deleted for good since.",
    "Dieses Ereignis wurde aufgezeichnet und seither endgültig gelöscht.",
  ],
  [
    "This event_id has been recorded before with different content.",
    "Diese event_id wurde schon mit anderem Inhalt aufgezeichnet.",
  ],
]);

/** @type {Messages} */
export const GERMAN = {
  locales: "de",
  product: "RaterHub Tracker",
  actions: {
    NEXT: "Weiter",
    PAUSE: "Pause",
    UNDO: "Zurück",
    EXIT: "Beenden",
    DISCARD: "Diese verwerfen",
    LEAVE: "Ohne Zählen beenden",
  },
  resume: "Starten",
  actionGroup: "Tracker",
  keys: { Ctrl: "Strg", Space: "Leertaste" },
  movePanel: "Panel mit den Pfeiltasten bewegen",
  panelWidth: "Breite des Panels",
  settings: "Einstellungen",
  showAll: "Alles zeigen",
  showOneLine: "Eine Zeile zeigen",
  noSession: "Keine Sitzung",
  question: (index) => `Frage ${index}`,
  questionShort: (index) => `F${index}`,
  sessionStates: { ready: "bereit", running: "läuft", paused: "pausiert" },
  waitingShort: (count) => (count === 1 ? "1 wartet" : `${count} warten`),
  refusedShort: (count) => `${count} abgelehnt`,
  notConnectedShort: "nicht verbunden",
  percent: (ratio) => `${(100 * ratio).toFixed()} %`,
  timeOnQuestion: "Zeit an dieser Frage",
  unknownTime: "--:--",
  ofTarget: (target) => `von ${target}`,
  timeLeft: (time) => `noch ${time}`,
  timeOver: (time) => `${time} über`,
  zones: { early: "schnell, wenn jetzt abgesendet", band: "im Ziel", late: "zu langsam" },
  average: "Durchschnitt",
  pace: "Tempo",
  paceWith: (percent) => `Tempo ${percent}`,
  paces: {
    wayTooFast: "viel zu schnell (<50 %)",
    fast: "schnell (50–70 %)",
    slightlyFast: "etwas schnell",
    onTarget: "im Ziel",
    aBitSlow: "etwas langsam",
    slow: "langsam",
    noQuestions: "Keine Fragen",
    unknown: "noch unbekannt",
  },
  bandReached: "Jetzt im Ziel.",
  bandLeft: "Ab hier ist diese Frage langsam.",
  awayGroup: "Du warst weg",
  away: (from, to, minutes) => {
    const length = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    return `Du warst von ${from} bis ${to} weg (${length}). War das Arbeit?`;
  },
  awayWork: "Es war Arbeit",
  awayPause: (from, to) => `Pause von ${from} bis ${to}`,
  awayEnd: (from) => `Sitzung um ${from} beenden`,
  taskType: "Aufgabenart",
  typeByRule: "nach Regel",
  task: (id) => `Aufgabe ${id}`,
  estimate: (text, target) => `${text} → ${target}`,
  automatic: "automatisch",
  checked: {
    "task number": "die Nummer der Aufgabe",
    "estimated time": "die geschätzte Zeit",
    "submit button": "der Knopf zum Absenden",
    "release button": "der Knopf zum Freigeben",
  },
  cannotRead: (missing) => `Auf dieser Seite nicht lesbar: ${missing.join(", ")}. Tasten und Knöpfe gehen.`,
  connect: "Diesen Browser verbinden",
  notConnected: "Dieser Browser ist nicht verbunden.",
  leftRunning: "Die letzte Sitzung wurde nicht beendet. Weiter beginnt eine neue.",
  endLeftRunning: "Bei ihrer letzten Eingabe beenden",
  waitingForConnection: (count) =>
    `${waitingGerman(count)}, bis dieser Browser verbunden ist. Nichts geht verloren.`,
  waitingInTrouble: (trouble, count) =>
    `${trouble} ${waitingGerman(count)} und ${count === 1 ? "wird" : "werden"} gesendet.`,
  waitingToBeSent: (count) => `${waitingGerman(count)} aufs Senden.`,
  waitingForAccount: (count) => `${waitingGerman(count)}, bis ein anderes Konto verbunden ist.`,
  allArrived: (moment) => `Alles angekommen · ${moment}`,
  lastArrived: (moment) => `Letzte Eingabe angekommen ${moment}`,
  unreachable: "Der Tracker ist nicht erreichbar.",
  clocksDiffer:
    "Die Uhr dieses Computers und die des Trackers gehen mehr als 12 Stunden auseinander. Stelle die, die falsch geht.",
  askedToWait: "Der Tracker bittet um eine kurze Pause.",
  unusableAnswer: (status) => `Keine brauchbare Antwort vom Tracker (${status}).`,
  managerFailed: "Der Userscript-Manager hat versagt.",
  checkArrived: "Ist alles angekommen?",
  nothingSent: "Noch wurde nichts gesendet.",
  allThere: (count) => `Alles Gesendete ist da: ${count} von ${count} Eingaben.`,
  someMissing: (missing, count) => `${missing} von ${count} Eingaben waren nicht da. Sie werden noch einmal gesendet.`,
  refusedCount: (count) => (count === 1 ? "1 Eingabe wurde abgelehnt" : `${count} Eingaben wurden abgelehnt`),
  refusedTitle: "Abgelehnte Eingaben",
  refusedRetry: "Noch einmal senden",
  refusedDismiss: "Gelesen",
  refusal: (reason) => {
    const kind = /\b(PAUSE|UNDO|EXIT)\b/.exec(reason)?.[0] ?? "";
    return REFUSALS.get(reason.replace(kind, kind && "{kind}"))?.replace("{kind}", kind) ?? reason;
  },
  back: "Schließen",
  notKept: (type) =>
    `Der Userscript-Manager konnte ${type} nicht aufbewahren. Drücke noch einmal.`,
  noOpenQuestion: "Keine Frage ist offen.",
};
