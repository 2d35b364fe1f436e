"""A signed cookie that proves in which accounts a browser has logged in before.

It grants no access. The browser has a counter of failed attempts of its own (`throttling`).
"""

import secrets
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeSerializer

from app.auth import keyed_hash
from app.services.validation import email_key

ACCOUNTS_REMEMBERED = 8
LIFETIME_DAYS = 400  # the longest that browsers keep a cookie


def chosen(cookies: Sequence[str], email: str, *, secret: str) -> str | None:
    """Of several cookies of the name, the one that knows the address's account; else the first that is ours."""
    ours = [cookie for cookie in cookies if _content(cookie, secret) is not None]
    knowing = [cookie for cookie in ours if recognise(cookie, email, secret=secret)]
    return next(iter(knowing + ours), None)


def recognise(cookie: str | None, email: str, *, secret: str) -> str | None:
    """The browser's id if the cookie is ours and the address's account has logged in with it, else None."""
    browser, accounts = _read(cookie, secret)
    return browser if _mark(email, secret) in accounts else None


def remember(cookie: str | None, email: str, *, secret: str) -> str:
    """The cookie's next value, after a login with this address."""
    browser, accounts = _read(cookie, secret)
    mark = _mark(email, secret)
    others = [account for account in accounts if account != mark]
    return _serializer(secret).dumps([browser, [mark, *others][:ACCOUNTS_REMEMBERED]])


def _read(cookie: str | None, secret: str) -> tuple[str, list[str]]:
    content = _content(cookie, secret)
    return (secrets.token_urlsafe(16), []) if content is None else content


def _content(cookie: str | None, secret: str) -> tuple[str, list[str]] | None:
    try:
        browser, accounts = _serializer(secret).loads(cookie or "")
    except (BadData, UnicodeError):
        return None
    return browser, accounts


def _mark(email: str, secret: str) -> str:
    # The cookie does not disclose the addresses of those who share the browser.
    return keyed_hash(secret, "known browser", email_key(email)).hex()[:24]


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="known browser")
