"""How pages are rendered: the template environment, and the filters that format times and numbers for people.

Every page goes through `render`. A template receives the names of `base.html` (`viewer`, `csrf`, `section`,
`notice`) and, mostly as one documented dataclass named `page`, what is its own. Texts stand in the templates;
those that Python holds (refusals, flash notices, pace labels) are translated there by `translated` and `sentence`.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date, format_datetime, get_day_names
from babel.numbers import format_decimal, format_percent, get_decimal_symbol
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.tracking import days, pacing
from app.tracking.summaries import ClosedQuestion
from app.tracking.timestamps import micros_of
from app.web import texts
from app.web.compression import CompressedPage
from app.web.cookies import LOGIN_COOKIE
from app.web.csrf import CSRF_FIELD, csrf_token
from app.web.dependencies import current_time
from app.web.flash import notice_of
from app.web.static_files import asset
from app.web.texts import gettext

APP = Path(__file__).resolve().parent.parent
TEMPLATES = APP / "templates"

FAST, SLOW = 0.7, 1.1  # shares of the target below and from which a single question stands out

# Both sides of the target matter: too fast is as much of a problem as too slow.
TONES = {
    label: "fast" if tenths <= 7 else "slow" if tenths > 11 else "on"
    for tenths, label, _ in (*pacing.LABELS, (99, *pacing.SLOWEST))
}


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    section: str = "",
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page in the reader's language. `section` is the entry of the navigation that is marked as current."""
    identity = getattr(request.state, "identity", None)
    viewer = identity.user if identity is not None and identity.scope == "full" else None
    names = {
        "request": request,
        "status": status,
        "viewer": viewer,
        # An error may come before the sender is identified: then the cookie decides which links are shown.
        "inside": viewer is not None or (status >= 400 and LOGIN_COOKIE in request.cookies),
        "section": section,
        "notice": notice_of(request.query_params) if status < 400 else None,
        "csrf": csrf_token(request),
        "csrf_field": CSRF_FIELD,
    }
    with texts.speaking(texts.language_of(request)):
        html = environment().get_template(template).render(names | context)
    # What may repeat what was typed, or shows a new token, is not compressed: app/web/compression.py says why.
    is_compressed = viewer is not None and request.method == "GET" and status < 400
    return (CompressedPage if is_compressed else HTMLResponse)(html, status, headers)


@cache
def environment() -> Environment:
    """The one template environment: everything is escaped, an unknown name is an error, texts go through gettext."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    # Added by the extension, which has no type of its own for it.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        texts.gettext, texts.ngettext, newstyle=True, pgettext=texts.pgettext
    )
    made.filters.update(
        clock=clock,
        moment=moment,
        machine_time=machine_time,
        written=written,
        weekday=weekday_name,
        first_day=first_day,
        hour=hour_text,
        local_date=local_date,
        seconds=seconds_text,
        minutes=minutes_text,
        number=number_text,
        percent=percent_text,
        tone=tone,
        tone_of=tone_of,
        off_target=off_target,
        translated=texts.gettext,
        sentence=texts.sentence,
    )
    made.tests["iso_date"] = is_iso_date
    made.globals.update(asset=asset, language=texts.language, now=current_time)
    return made


def local(instant: datetime, zone: str) -> datetime:
    """`instant` on the wall clock of `zone` (IANA name)."""
    return days.local_time(micros_of(instant), zone)


def local_date(instant: datetime, zone: str) -> date:
    """The day of `zone` to which `instant` belongs: where midnight comes twice, the clock names the day before."""
    return days.date_of(micros_of(instant), zone)


def clock(instant: datetime, zone: str, day: date | None = None) -> str:
    """`09:41`; with the day in front (`Sun 00:12`) when that is not `day`."""
    there = local(instant, zone)
    if day is None or there.date() == day:
        return f"{there.hour:02d}:{there.minute:02d}"
    return format_datetime(there, gettext("EEE HH:mm"), locale=texts.locale())


def moment(instant: datetime, zone: str) -> str:
    """`Sat 21 Nov 2026, 09:41`."""
    return format_datetime(local(instant, zone), gettext("EEE d MMM yyyy, HH:mm"), locale=texts.locale())


def machine_time(instant: datetime) -> str:
    """For the `datetime` attribute of `<time>`: ISO 8601 in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def written(day: date, pattern: str) -> str:
    """A day by a translated pattern: with `EEE d MMM yyyy`, `Sat 21 Nov 2026`."""
    return _written(day, pattern, texts.locale())


# Babel takes 30 to 100 microseconds for each, and the page of a year has some thousand: the same ones again and again.
@lru_cache(maxsize=4096)
def _written(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _number(number: int, locale: str) -> str:
    return format_decimal(number, locale=locale)


@lru_cache(maxsize=4096)
def _percent(hundredths: int, locale: str) -> str:
    return format_percent(hundredths / 100, locale=locale)


def is_iso_date(text: str) -> bool:
    """Whether a date's field can show `text`: browsers leave it empty for what is no date."""
    with suppress(ValueError):
        return date.fromisoformat(text).isoformat() == text
    return False


def first_day(month: str) -> date:
    """The first day of a month like `2026-11`."""
    return date.fromisoformat(f"{month}-01")


def hour_text(hour: int) -> str:
    """An hour of the clock: `09:00`."""
    return f"{hour:02d}:00"


def weekday_name(number: int, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """The name of a weekday, 1 Monday … 7 Sunday; `width` is `wide` or `abbreviated`."""
    names: Mapping[int, str] = get_day_names(width, "stand-alone", texts.locale())
    return names[number - 1]


def seconds_text(seconds: float) -> str:
    """A duration in seconds as `mm:ss` or `h:mm:ss`."""
    return pacing.mmss(round(seconds * 1_000_000))


def minutes_text(minutes: float) -> str:
    """A target for reading, without needless decimals: `5.5`, `6`."""
    return format_decimal(minutes, "0.##", locale=texts.locale())


def minutes_value(minutes: float, language: str) -> str:
    """A target as the value of an input: exact, so that saving a form which nobody changed changes nothing.

    With a decimal comma where `language`, a key of `texts.CATALOGUES`, writes one.
    """
    text = f"{Decimal(repr(minutes)):f}".removesuffix(".0")
    return text.replace(".", ",") if get_decimal_symbol(language.replace("-", "_")) == "," else text


def number_text(number: int) -> str:
    """A whole number for reading: `1,200`."""
    return _number(number, texts.locale())


def percent_text(ratio: float) -> str:
    """A ratio for reading: `97%`."""
    return _percent(round(ratio * 100), texts.locale())


def tone(label: str) -> str:
    """Which of the four tones a pace label is shown in: fast, on, slow or none."""
    return TONES.get(label, "none")


def tone_of(question: ClosedQuestion) -> str:
    """Whether a single question stands out: fast, near or slow."""
    return tone_of_ratio(question.active_seconds / (question.target_minutes * 60))


def tone_of_ratio(ratio: float) -> str:
    """Whether a ratio of active time to target time lies below the band, in it or above it: fast, near or slow."""
    return "fast" if ratio < FAST else "slow" if ratio >= SLOW else "near"


def off_target(question: ClosedQuestion) -> str:
    """How far a question is from its target, in words: `00:34 over`, `01:12 under`."""
    text = question.over_under_target_mmss
    if text == "00:00":
        return text
    pattern = gettext("{time} under") if text.startswith("-") else gettext("{time} over")
    return pattern.format(time=text.removeprefix("-"))
