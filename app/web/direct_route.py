"""A guarded route with nothing between the request and its handler but the body's shape and who sends it.

FastAPI takes a request apart by the handler's signature, one step for each parameter and each dependency: without this
class an event costs a seventh more (`docs/decisions/speed.md`). It is for handlers of one form:
`async def handler(body: Shape, context: TrackingContext) -> Shape`. Admission, the table of routes and the
API's description are those of any other guarded route.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_type_hints

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from app.web.admission import GuardedRoute
from app.web.openapi import CREDENTIALS

Shape = TypeVar("Shape", bound=BaseModel)


class DirectRoute(GuardedRoute):
    """Give it to a router as `route_class`. Raises `TypeError` for a handler that needs more."""

    def make_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Identify the sender, read the body, call the handler, and write its answer as JSON."""
        hints = get_type_hints(self.endpoint, include_extras=True)
        handler: Any = self.endpoint
        if len(hints) != 3 or self.dependencies != CREDENTIALS or self.status_code not in (None, 200):
            raise TypeError(f"{self.path} needs more than a direct route provides")
        shape: type[BaseModel] = hints["body"]
        dependency = next(hints[name] for name in hints if name not in ("body", "return")).__metadata__[0]
        exclude_unset = self.response_model_exclude_unset

        async def handle(request: Request) -> Response:
            who = await dependency.dependency(request)
            body = shaped(shape, await request.body())
            answer: BaseModel = await handler(body, who)
            content = answer.__pydantic_serializer__.to_json(answer, exclude_unset=exclude_unset)
            return Response(content, media_type="application/json")

        return handle


def shaped(shape: type[Shape], content: bytes) -> Shape:
    """A JSON body in its shape. Raises `RequestValidationError`, as FastAPI would."""
    try:
        return shape.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_url=False)
        placed = [{**problem, "loc": ("body", *problem["loc"])} for problem in found]
        raise RequestValidationError(placed) from error
