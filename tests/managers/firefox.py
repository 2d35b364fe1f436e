"""Firefox without a window, driven by Marionette: tabs, keys, clicks, and what runs in a page."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from marionette_driver import By, Wait
from marionette_driver.addons import Addons
from marionette_driver.keys import Keys
from marionette_driver.marionette import Marionette, WebElement

from tests.server import free_port

PATIENCE_SECONDS = 60  # for whatever is awaited on a machine with much else to do
PANEL = """
    const host = document.querySelector("#raterhub-tracker");
    const found = host?.openOrClosedShadowRoot.querySelector(arguments[0]);
"""


class Firefox:
    """One Firefox with a profile of its own. What is done is done in the tab that was opened or chosen last."""

    def __init__(self, binary: str, proxy_port: int, folder: Path) -> None:
        """Starts it.

        `proxy_port`: of the loopback proxy that stands for all every site but localhost; `folder`: for profile and log.
        """
        preferences = {
            "xpinstall.signatures.required": False,  # kept to by ESR, Developer Edition, Nightly and Debian's builds
            "network.proxy.type": 1,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": proxy_port,
            "network.proxy.http": "127.0.0.1",  # for sites other than localhost, which no proxy is asked for
            "network.proxy.http_port": proxy_port,
        }
        self._driver = Marionette(
            bin=binary, port=free_port(), headless=True, prefs=preferences,
            workspace=str(folder), gecko_log=str(folder / "firefox.log"),
        )  # fmt: skip
        self._begin()

    def _begin(self) -> None:
        # The task site's certificate is made by the test.
        self._driver.start_session({"acceptInsecureCerts": True})

    def end(self) -> None:
        """Ends it and removes its profile."""
        self._driver.cleanup()
        # Its objects remove folders when they are collected, which fails while Python ends.
        del self._driver
        gc.collect()

    def restart(self) -> None:
        """Ends it as a user does and starts it again with the same profile."""
        self._driver.restart()

    def install(self, extension: Path) -> str:
        """Installs an extension permanently, and returns the address at which its pages begin."""
        identity = Addons(self._driver).install(str(extension))
        with self._driver.using_context("chrome"):
            host = self._driver.execute_script(
                "return WebExtensionPolicy.getByID(arguments[0]).mozExtensionHostname", [identity]
            )
        return f"moz-extension://{host}"

    @property
    def tabs(self) -> list[str]:
        """The open tabs of all windows."""
        return list(self._driver.window_handles)

    def open(self, address: str) -> str:
        """Opens a tab and goes there."""
        tab: str = self._driver.open(type="tab", focus=True)["handle"]
        self.choose(tab)
        self._driver.navigate(address)
        return tab

    def choose(self, tab: str) -> None:
        """Brings a tab to the front."""
        self._driver.switch_to_window(tab)

    @contextmanager
    def beside(self, tab: str) -> Iterator[None]:
        """Works in a tab behind; the one in front stays there."""
        front = self._driver.current_window_handle
        self._driver.switch_to_window(tab, focus=False)
        yield
        self._driver.switch_to_window(front, focus=False)

    def close(self) -> None:
        """Closes the tab."""
        self.choose(self._driver.close()[0])

    def reload(self) -> None:
        """Loads the page again."""
        self._driver.refresh()

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function body returns, run in the page; a promise is awaited."""
        return self._driver.execute_script(script, arguments)

    def find(self, selector: str) -> WebElement:
        """The element, once it is there."""
        return self._wait().until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def type(self, selector: str, text: str) -> None:
        """Types into a field."""
        self.find(selector).send_keys(text)

    def click(self, selector: str) -> None:
        """Clicks an element of the page, once it can be clicked."""
        element = self.find(selector)
        self._wait().until(lambda _: element.is_enabled())
        element.click()

    def wait_for_text(self, selector: str, text: str) -> None:
        """Waits until an element of the page says so."""
        self._wait().until(lambda _: text in self.find(selector).text, message=f"{selector} says {text!r}")

    def panel(self, selector: str) -> str | None:
        """What an element of the panel says; None where there is no such element."""
        # Only privileged code sees into a closed shadow root.
        said: str | None = self._driver.execute_script(
            f"{PANEL} return found?.textContent ?? null", [selector], sandbox="system"
        )
        return said

    def wait_for_panel(self, selector: str, text: str) -> None:
        """Waits until an element of the panel says this and nothing else."""
        self._wait().until(
            lambda _: self.panel(selector) == text, message=f"the panel's {selector} says {text!r}"
        )

    def click_panel(self, selector: str) -> None:
        """Clicks the middle of an element of the panel."""
        script = f"{PANEL} const {{ x, y, width, height }} = found.getBoundingClientRect();"
        script += " return [Math.round(x + width / 2), Math.round(y + height / 2)]"
        x, y = self._driver.execute_script(script, [selector], sandbox="system")
        self._driver.actions.sequence("pointer", "mouse").pointer_move(x, y).click().perform()

    def press(self, letter: str) -> None:
        """Presses Alt+Shift with a letter."""
        keys = self._driver.actions.sequence("key", "keyboard").key_down(Keys.ALT).key_down(Keys.SHIFT)
        keys.send_keys(letter).key_up(Keys.SHIFT).key_up(Keys.ALT).perform()

    def _wait(self) -> Wait:
        return Wait(self._driver, timeout=PATIENCE_SECONDS)
