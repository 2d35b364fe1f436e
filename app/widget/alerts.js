// @ts-check
// A quiet word when the open question reaches the pace band, and when it is about to leave it.

/** @import { Model } from "./words.js" */
/** @import { Preferences } from "./preferences.js" */
/** @import { Storage } from "./storage.js" */
import { BAND } from "./pace.js";
import { activeMs } from "./machine.js";
import { oneTabAtATime } from "./turns.js";

/** Which question and edge was told last: of several tabs one speaks. */
const ALERTED = "alerted";

/**
 * @param {Storage} storage
 * @param {Preferences} preferences
 * @param {() => number} now  ms on the server's clock
 * @returns {(model: Model) => void} to be called whenever the model changes
 */
export function createAlerts(storage, preferences, now) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {Model} model */
  return function schedule(model) {
    clearTimeout(timer);
    const { view } = model;
    const active = activeMs(view, now());
    if (preferences.now.alert === "none" || active === null || view.pausedSince !== null || !view.targetMinutes) return;
    const target = view.targetMinutes * 60_000;
    const edge = [BAND.lower, BAND.upper].find((each) => each * target > active);
    if (edge === undefined) return;
    timer = setTimeout(async () => {
      const mark = `${view.startedAt} ${edge}`;
      await oneTabAtATime("alerts", async () => {
        if ((await storage.get(ALERTED)) === mark) return;
        await storage.set(ALERTED, mark);
        const early = edge === BAND.lower;
        if (preferences.now.alert === "sound") sound(early ? 660 : 440);
        else notify(early ? "Now on target." : "From here on this question is slow.");
      });
      schedule(model);
    }, edge * target - active + 1);
  };
}

/** @param {number} frequency  Hz; it fades away within half a second */
function sound(frequency) {
  const audio = new AudioContext();
  const [tone, volume, end] = [audio.createOscillator(), audio.createGain(), audio.currentTime + 0.5];
  tone.frequency.value = frequency;
  volume.gain.value = 0.05;
  volume.gain.exponentialRampToValueAtTime(0.0001, end);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(end);
  tone.onended = () => void audio.close();
}

/** @param {string} text */
function notify(text) {
  const show = typeof GM_notification === "function" ? GM_notification : typeof GM === "object" ? GM.notification : undefined;
  show?.({ title: "RaterHub Tracker", text, silent: true, timeout: 8000 });
}
