// @ts-check
// Mutual exclusion between tabs.

/** Longer than an exchange of another tab can take: who holds the lock after that is not one of our tabs. */
const LOCK_PATIENCE_MS = 30_000;

/**
 * Runs `work` in one tab of the task site at a time. The site's own scripts share these locks: a lock that is held
 * forever, or stolen, must not stop the work, so after some time it runs without. Two senders at once only send twice
 * what the server counts once.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function oneTabAtATime(name, work) {
  /** @type {Promise<T> | undefined} */
  let done;
  const signal = AbortSignal.timeout(LOCK_PATIENCE_MS);
  const held = navigator.locks?.request(`raterhub-tracker-${name}`, { signal }, () => (done = work()));
  await held?.catch(() => {});
  return done ?? work();
}
