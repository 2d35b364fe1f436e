// @ts-check
// A sound or a notification when the open question reaches the pace band, and when it is about to leave it.

/** @import { Model } from "./types.js" */
/** @import { View } from "./machine.js" */
/** @import { Preferences } from "./preferences.js" */
/** @import { Storage } from "./storage.js" */
import { oneTabAtATime } from "./locks.js";
import { activeMs } from "./machine.js";
import { MESSAGES } from "./messages.js";
import { BAND } from "./pace.js";

/** Question and edge of the latest alert: only one tab gives each alert. */
const ALERTED = "alerted";
/** When a notification last could not be shown, ISO 8601. */
export const ALERT_FAILED = "alert-failed";
/** Versions of Violentmonkey whose notifications Firefox refuses; the script is told nothing. */
const FIREFOX_REFUSES = /^2\.(41\.[2-9]|4[2-6]\.|47\.0)/;
const LOWER_EDGE_HZ = 660;
const UPPER_EDGE_HZ = 440;
const SOUND_SECONDS = 0.5;
const NOTIFICATION_MS = 8000;

/**
 * @param {Storage} storage
 * @param {Preferences} preferences
 * @param {() => number} now  ms on the server's clock
 * @returns {(model: Pick<Model, "view">) => void} to be called whenever the model changes
 */
export function createAlerts(storage, preferences, now) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** May change while this tab waits for its turn. @type {Pick<Model, "view">} */
  let latest;

  /** @param {Pick<Model, "view">} model */
  function schedule(model) {
    latest = model;
    clearTimeout(timer);
    const next = preferences.now.alert === "none" ? null : nextEdge(model.view, now());
    if (!next) return;
    timer = setTimeout(async () => {
      await oneTabAtATime(storage, "alerts", () => alertOnce(model.view, next.edge));
      schedule(latest);
    }, next.inMs + 1);
  }

  /**
   * @param {View} view
   * @param {number} edge
   */
  async function alertOnce({ startedAt }, edge) {
    if (latest.view.startedAt !== startedAt) return;
    const mark = `${startedAt} ${edge}`;
    if ((await storage.get(ALERTED)) === mark) return;
    await storage.set(ALERTED, mark);
    const isLower = edge === BAND.lower;
    const sound = () => playTone(isLower ? LOWER_EDGE_HZ : UPPER_EDGE_HZ);
    if (preferences.now.alert === "sound") return sound();
    // Not awaited: some managers keep the promise until the notification is closed.
    notify(isLower ? MESSAGES.bandReached : MESSAGES.bandLeft).catch(() => {
      // An alert has to be noticed all the same; the settings say that it failed.
      void storage.set(ALERT_FAILED, new Date().toISOString());
      sound();
    });
  }

  return schedule;
}

/**
 * The next edge of the band that a running question will reach.
 * @param {View} view
 * @param {number} now  ms on the server's clock
 * @returns {{edge: number, inMs: number} | null} `edge`: ratio; null if there is none
 */
function nextEdge(view, now) {
  const active = activeMs(view, now);
  if (active === null || view.pausedSince !== null || !view.targetMinutes) return null;
  const targetMs = view.targetMinutes * 60_000;
  const edge = [BAND.lower, BAND.upper].find((each) => each * targetMs > active);
  return edge === undefined ? null : { edge, inMs: edge * targetMs - active };
}

/** @param {number} frequency  Hz; the tone fades out */
function playTone(frequency) {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  const end = audio.currentTime + SOUND_SECONDS;
  tone.frequency.value = frequency;
  volume.gain.value = 0.05;
  volume.gain.exponentialRampToValueAtTime(0.0001, end);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(end);
  tone.onended = () => void audio.close();
}

/** The manager's function for notifications, if it has one. */
function managerNotification() {
  if (typeof GM_notification === "function") return GM_notification;
  return typeof GM === "object" ? GM.notification : undefined;
}

/** Whether notifications can work at all in this manager and browser. */
export function canNotify() {
  const manager = typeof GM_info === "object" ? GM_info : {};
  const isRefused = manager.scriptHandler === "Violentmonkey" && FIREFOX_REFUSES.test(manager.version ?? "");
  return managerNotification() !== undefined && !(isRefused && navigator.userAgent.includes("Firefox/"));
}

/**
 * @param {string} text
 * @returns {Promise<void>} rejected if the notification is not shown, as far as the manager tells
 */
async function notify(text) {
  if (!canNotify()) throw new Error("unavailable");
  await managerNotification()?.({ title: MESSAGES.product, text, silent: true, timeout: NOTIFICATION_MS });
}
