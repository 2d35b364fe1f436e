// @ts-check
// What the widget's page sets by script, in German. The words are those of app/locales/de/LC_MESSAGES/messages.po.

/** @import { Messages } from "./widget-messages.js" */

const KEPT = "Eingaben, die noch nicht gesendet sind, bleiben in diesem Browser aufbewahrt.";

/** @type {Messages} */
export const GERMAN = {
  locale: "de",
  notInstalled:
    "Das Widget läuft in diesem Browser noch nicht. Installiere es (Schritt 1), lass in Chrome Nutzerskripts zu und "
    + "lade dann diese Seite neu.",
  plainHttp: (origin) =>
    "Das Widget kann von hier nicht installiert werden: Diese Seite kam über https, aber das Widget würde einfaches "
    + `http benutzen. Wer den Server betreibt, setzt PUBLIC_URL=${origin}.`,
  installed: (version) => `Das Widget ist in diesem Browser installiert (Version ${version}).`,
  busy: "Einen Augenblick…",
  connected: (name) => `Verbunden als „${name}“. Öffne eine Aufgabenseite: Das Panel ist da.`,
  disconnected: `Getrennt. ${KEPT}`,
  listed: (name) => `Getrennt. ${KEPT} Nimm „${name}“ auch im Profil jenes Kontos aus der Liste.`,
  refused: (detail) => `Nicht verbunden. ${detail ?? "Lade diese Seite neu und versuche es noch einmal."}`,
  unanswered: "Das hat nicht geklappt: Der Tracker hat nicht geantwortet. Versuche es noch einmal.",
  noLongerConnected: (name) =>
    `Dieser Browser war als „${name}“ verbunden und ist es nicht mehr. Was du drückst, bleibt aufbewahrt: Verbinde `
    + "ihn, um den Rest zu senden.",
  connectedHere: (name) => `Dieser Browser ist als „${name}“ verbunden.`,
  connectedForYou: (name, email) => `Dieser Browser ist als „${name}“ verbunden und zeichnet für ${email} auf.`,
  connectedForOther: (name) =>
    `Dieser Browser ist als „${name}“ verbunden und zeichnet für ein anderes Konto auf als das hier.`,
  browserName: (browser, system) => `${browser ?? "Browser"} auf ${system ?? "einem unbekannten System"}`,
  found: (moment) => `Auf der letzten Aufgabenseite gefunden (${moment}).`,
  notFound: (moment) => `Auf der letzten Aufgabenseite nicht gefunden (${moment}).`,
  answered: (moment, status) => `${moment} · beantwortet mit ${status}`,
  noAnswer: (moment) => `${moment} · keine Antwort`,
  nothingSent: "Noch nichts.",
  saved: "Gespeichert. Offene Panels folgen.",
  notSaved: "Nicht gespeichert: Der Userscript-Manager hat es nicht angenommen. Versuche es noch einmal.",
  noNotifications:
    "In diesem Userscript-Manager gehen keine Benachrichtigungen: Stattdessen kommt ein leiser Ton.",
  alertFailed: (moment) =>
    `${moment}: Eine Benachrichtigung konnte nicht gezeigt werden, stattdessen kam ein leiser Ton.`,
  leftOut: (moment, values, reason) =>
    `${moment}: Der Tracker hat „${values}“ abgelehnt und die Eingabe ohne das aufgezeichnet (${reason}).`,
  invalid: "Nicht gespeichert: Sieh dir an, was markiert ist.",
  defaultsFilledIn: "Das Übliche ist eingetragen, noch nicht gespeichert.",
  noKeys: "keine",
  keys: { Ctrl: "Strg", Space: "Leertaste" },
  keysTaken: "Diese Tasten behalten Browser für sich. Versuche andere.",
  modifierNeeded: "Halte auch Alt oder Strg.",
  keysInUse: "Ein anderer Knopf hat diese Tasten schon.",
};
