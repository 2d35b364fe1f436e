"""One page with every part that pages are made of, for whoever changes how they look. Served in debug mode alone."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from app.services.first_steps import FirstSteps
from app.services.reading import RecentSession
from app.services.refusals import Refusal
from app.tracking import pacing
from app.tracking.summaries import SessionSummary
from app.web.admission import PageRoute
from app.web.dependencies import UserContext
from app.web.routes.pages.first_use import FirstUse, sample
from app.web.templating import render

router = APIRouter(route_class=PageRoute)

RATIOS = (0.3, 0.6, 0.8, 1.0, 1.2, 1.6, 2.6)  # one for each label of the pace, and one beyond the scale
A_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class StyleguidePage:
    """What `styleguide.html` receives as `page`."""

    paces: list[pacing.Pace]
    session: SessionSummary  # of the sample day
    recent: list[RecentSession]
    first_use: FirstUse
    refusal: Refusal
    zone: str


@router.get("/styleguide")
async def styleguide(context: UserContext) -> Response:
    """Every part, with sample data."""
    shown = sample()
    paces = [pacing.pace_of(round(ratio * A_MINUTE_US), A_MINUTE_US, 1) for ratio in RATIOS]
    page = StyleguidePage(
        paces=[*paces, pacing.NO_PACE],
        session=shown.session,
        recent=[_line(shown.session, pace, days) for days, pace in enumerate([*paces, pacing.NO_PACE])],
        first_use=FirstUse(FirstSteps(is_connected=True, has_pressed=False), shown),
        refusal=Refusal("The name is too long."),
        zone=shown.zone,
    )
    return render(context.request, "styleguide.html", page=page)


def _line(session: SessionSummary, pace: pacing.Pace, days: int) -> RecentSession:
    """The session as a line of a list, so many days earlier and at another pace; the first one runs."""
    earlier = timedelta(days=days)
    ended_at = session.ended_at - earlier if session.ended_at and days else None
    return RecentSession(
        session_id=session.session_id or str(days),
        started_at=session.started_at - earlier,
        ended_at=ended_at,
        is_active=ended_at is None,
        current_question_index=None,
        total_questions=session.total_questions,
        active_mmss=pacing.mmss(round(session.total_active_seconds * 1_000_000)),
        pace_label=pace.label,
        pace_emoji=pace.emoji,
    )
