"""Where a request says who sends it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Scope

from app.services.addresses import canonical
from app.web.cookies import LOGIN_COOKIE, values_of


@dataclass(frozen=True, slots=True)
class Credential:
    """Access tokens or personal tokens as they were sent, not yet believed; the valid one counts."""

    values: tuple[str, ...]  # several where the browser sent several cookies; none when it cannot be a token
    by_cookie: bool  # a browser sends cookies on its own account: such a request may be forged


def credential_of(request: Request) -> Credential | None:
    """The credential that counts: the Authorization header where there is one, else the login cookie.

    A bad header counts as well: a good cookie does not rescue it.
    Query strings are not looked at.
    """
    sent = request.headers.getlist("authorization")
    if sent:
        scheme, _, value = sent[0].partition(" ")
        usable = len(sent) == 1 and scheme.lower() == "bearer" and value.strip()
        return Credential((value.strip(),) if usable else (), by_cookie=False)
    found = values_of(request, LOGIN_COOKIE)
    return Credential(tuple(found), by_cookie=True) if found else None


def client_address(scope: Scope) -> str:
    """The peer's address, in its usual spelling; behind a trusted proxy, the one that the proxy names."""
    client = scope.get("client")
    return canonical(str(client[0])) if client else "unknown"
