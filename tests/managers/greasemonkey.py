"""Greasemonkey 4 in Firefox: installing a script as a user does, and looking into its storage."""

from pathlib import Path
from typing import Any

from tests.managers.firefox import Firefox
from tests.waiting import wait_until

INSTALL = "#btn-install"
# A page of the extension that does nothing by itself: its scripts' storage is reached from there.
QUIET_PAGE = "skin/icon.svg"
# What is stored for all installed scripts, here one.
VALUES = """
    const settled = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return (async () => {
      const values = {};
      for (const { name } of await indexedDB.databases()) {
        if (!name.startsWith("user-script-")) continue;
        const database = await settled(indexedDB.open(name));
        const store = database.transaction("values").objectStore("values");
        const [keys, held] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
        database.close();
        keys.forEach((key, i) => { values[key] = held[i].value; });
      }
      return values;
    })();
"""


class Greasemonkey:
    """The manager in one Firefox."""

    def __init__(self, firefox: Firefox, extension: Path) -> None:
        """Installs the manager."""
        self._firefox = firefox
        self._pages = firefox.install(extension)
        self._tab = ""
        self.look_from_new_tab()

    def look_from_new_tab(self) -> None:
        """Opens the tab from which the storage is read: needed again after a restart."""
        self._tab = self._firefox.open(f"{self._pages}/{QUIET_PAGE}")

    def install(self, page: str, link: str) -> None:
        """Clicks a link to a script on a page, and `Install` in the window that opens."""
        self._firefox.open(page)
        before = set(self._firefox.tabs)
        self._firefox.click(link)
        wait_until(lambda: set(self._firefox.tabs) > before)
        [dialog] = set(self._firefox.tabs) - before
        self._firefox.choose(dialog)
        self._firefox.click(INSTALL)
        wait_until(lambda: dialog not in self._firefox.tabs)
        self._firefox.choose(self._tab)

    def values(self) -> dict[str, Any]:
        """What the script has stored, by key."""
        with self._firefox.beside(self._tab):
            values: dict[str, Any] = self._firefox.run(VALUES)
        return values

    def keys(self, prefix: str) -> list[str]:
        """The stored keys that begin with `prefix`, sorted."""
        return sorted(key for key in self.values() if key.startswith(prefix))
