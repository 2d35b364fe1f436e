"""The middleware: what must see every request and every answer, those of no route too."""

from starlette.middleware import Middleware

from app.config import Settings
from app.web.errors import ErrorResponses
from app.web.middleware.arrival import Arrival
from app.web.middleware.headers import ExactOrigins, SecurityHeaders
from app.web.middleware.request_log import RequestLog


def middleware(settings: Settings) -> list[Middleware]:
    """From the outside in. What a route demands stands on the route (`app.web.admission`)."""
    return [
        Middleware(Arrival, settings=settings),  # the client's address, before anything counts or logs it
        Middleware(RequestLog),  # sees what has become of the request
        Middleware(SecurityHeaders, settings=settings),  # on errors too, so outside of what makes them
        Middleware(ExactOrigins, settings=settings),  # likewise: a widget reads errors as well
        Middleware(ErrorResponses),  # whatever is raised further in
    ]
