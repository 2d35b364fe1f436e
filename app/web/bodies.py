"""Bodies as forms, of a bounded number of fields. The request keeps body and form for the handler."""

from collections.abc import Iterable

from starlette.datastructures import FormData
from starlette.requests import Request

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")

# What FastAPI's `form_limits` and Starlette's `Request.form` take.
FORM_LIMITS = {"max_fields": 200, "max_files": 4}


def is_form(request: Request) -> bool:
    """Whether the body is said to be a form's."""
    return request.headers.get("content-type", "").lower().startswith(FORM_TYPES)


async def form_of(request: Request) -> FormData:
    """The form of a body that was read already. Raises whatever the parsers raise."""
    return await request.form(**FORM_LIMITS)


async def field_names(request: Request) -> Iterable[str]:
    """Names of the fields that the body holds; none where it is no form and no JSON object."""
    if not await request.body():
        return []
    try:
        content = await (form_of(request) if is_form(request) else request.json())
    except Exception:  # whatever it is, it has no fields
        return []
    return content if isinstance(content, dict | FormData) else []
