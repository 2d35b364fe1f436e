"""What a user can take away."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.services import exporting
from app.web.admission import Demands, DownloadRoute
from app.web.dependencies import FirstQuery, LastQuery, UserContext

router = APIRouter(prefix="/export", tags=["export"], route_class=DownloadRoute)


@router.get(
    "/questions.csv",
    summary="Questions as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
@Demands(limit="exports")
async def questions_csv(
    context: UserContext, first: FirstQuery = None, last: LastQuery = None
) -> StreamingResponse:
    """Every closed question that began in a range of local days, discarded ones too, oldest first."""
    period = exporting.range_asked_for(first, last)
    rows = exporting.question_rows(context.read, context.user, period)
    # The status is sent before the rows are: whether the database answers must be known by then.
    start = await anext(rows)
    return StreamingResponse(
        _resumed(start, rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{exporting.file_name_of(period)}"'},
    )


async def _resumed(start: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield start
    async for part in rest:
        yield part
