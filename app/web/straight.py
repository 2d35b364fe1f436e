"""A route with nothing between the request and its handler but the body's shape and who sends it.

FastAPI takes a request apart by the handler's signature, one step for each parameter and each dependency, and that is
as much work as all that a recorded event causes in the database. This one does the same in three lines, for handlers
like `async def handler(body: Shape, asked: Annotated[..., Security(...)]) -> Shape`. In the table of routes, in
the API's description and to its caller it is a route like any other.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_type_hints

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from app.web.admission import GuardedRoute, admit

Shape = TypeVar("Shape", bound=BaseModel)


class Straight(GuardedRoute):
    """Give it to a router as `route_class`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What FastAPI calls with the request."""
        hints = get_type_hints(self.endpoint, include_extras=True)
        handler: Any = self.endpoint
        if (
            len(hints) != len(("body", "asked", "return"))
            or self.dependencies
            or self.status_code not in (None, 200)
        ):
            raise TypeError(f"{self.path} asks for more than a straight route gives")
        shape: type[BaseModel] = hints["body"]
        asked = next(hints[name] for name in hints if name not in ("body", "return")).__metadata__[0]
        exclude_unset = self.response_model_exclude_unset

        async def handle(request: Request) -> Response:
            await admit(request, self.demands, takes_body=True)
            who = await asked.dependency(request)
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
        raise RequestValidationError(
            [{**problem, "loc": ("body", *problem["loc"])} for problem in found]
        ) from error
