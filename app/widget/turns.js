// @ts-check
// Of several tabs, one after the other.

/** Longer than one exchange of another tab can take: whoever holds the lock after that is not one of us. */
const LOCK_PATIENCE_MS = 30_000;

/**
 * One tab of the task site after the other. The site's own scripts share these locks: one that is kept from us for
 * ever, or stolen, must not stop the work. Two senders at once merely send twice what the server counts once.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function oneTabAtATime(name, work) {
  /** @type {Promise<T> | undefined} */
  let done;
  const patience = AbortSignal.timeout(LOCK_PATIENCE_MS);
  await navigator.locks?.request(`raterhub-tracker-${name}`, { signal: patience }, () => (done = work())).catch(() => {});
  return done ?? work();
}
