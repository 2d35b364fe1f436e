"""Times, durations and distances as pages write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.services.validation import decimal_of
from app.tracking import pacing
from app.tracking.summaries import ClosedQuestion
from app.web import templating, texts

SUMMER = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Vienna, for the first time
WINTER = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Vienna, for the second time


def question(active_seconds: float, over_under_target_mmss: str = "00:00") -> ClosedQuestion:
    return ClosedQuestion(
        id="-",
        started_at=SUMMER,
        ended_at=WINTER,
        raw_seconds=3600,
        active_seconds=active_seconds,
        active_mmss="",
        target_minutes=1,
        over_under_target_seconds=active_seconds - 60,
        over_under_target_mmss=over_under_target_mmss,
        task_id=None,
        task_type=None,
    )


@pytest.mark.parametrize(
    ("instant", "zone", "text"),
    [
        (datetime(2026, 11, 21, 8, 41, 59, tzinfo=UTC), "Europe/Vienna", "09:41"),
        (datetime(2026, 11, 21, 8, 41, tzinfo=UTC), "Asia/Kathmandu", "14:26"),
        (datetime(2026, 11, 21, 9, 41, tzinfo=timezone(timedelta(hours=1))), "UTC", "08:41"),
        (SUMMER, "Europe/Vienna", "02:30"),
        (WINTER, "Europe/Vienna", "02:30"),
    ],
)
def test_clock_is_local(instant: datetime, zone: str, text: str) -> None:
    assert templating.clock(instant, zone) == text


def test_clock_names_another_day() -> None:
    instant = datetime(2026, 11, 21, 23, 12, tzinfo=UTC)
    assert templating.clock(instant, "Europe/Vienna", date(2026, 11, 22)) == "00:12"
    assert templating.clock(instant, "Europe/Vienna", date(2026, 11, 21)) == "Sun 00:12"


def test_local_date_is_that_of_the_day_that_holds_the_instant() -> None:
    # One minute after midnight the clock was put back by an hour: midnight came twice.
    before, after = (datetime(2010, 11, 7, hour, tzinfo=UTC) for hour in (2, 3))
    for instant, day in ((before, date(2010, 11, 6)), (after, date(2010, 11, 7))):
        assert templating.moment(instant, "America/St_Johns") == "Sat 6 Nov 2010, 23:30"
        assert templating.local_date(instant, "America/St_Johns") == day


def test_dates_are_written_for_people() -> None:
    day = date(2026, 11, 1)
    assert templating.written(day, "EEE d MMM") == "Sun 1 Nov"
    assert templating.written(day, "EEEE d MMMM yyyy") == "Sunday 1 November 2026"
    instant = datetime(2026, 11, 1, 3, 5, tzinfo=UTC)
    assert templating.moment(instant, "America/New_York") == "Sat 31 Oct 2026, 23:05"


def test_machine_time_is_utc() -> None:
    instant = datetime(2026, 11, 21, 9, 41, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert templating.machine_time(instant) == "2026-11-21T08:41:00.123Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00"), (59.5, "01:00"), (119.5, "02:00"), (3599.5, "1:00:00"), (86_400, "24:00:00")],
)
def test_seconds_round_once(seconds: float, text: str) -> None:
    assert templating.seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("minutes", "text"), [(5.5, "5.5"), (6.0, "6"), (4.25, "4.25"), (16 / 3, "5.33"), (600, "600")]
)
def test_minutes_have_no_needless_decimals(minutes: float, text: str) -> None:
    assert templating.minutes_text(minutes) == text


@pytest.mark.parametrize(
    ("minutes", "text"), [(5.5, "5.5"), (6.0, "6"), (5.125, "5.125"), (0.001, "0.001"), (1e-05, "0.00001")]
)
def test_minutes_in_a_form_are_exact(minutes: float, text: str) -> None:
    assert templating.minutes_value(minutes, "en") == text
    german = templating.minutes_value(minutes, "de")
    assert german == text.replace(".", ",")
    assert decimal_of("", text) == decimal_of("", german) == minutes


def test_numbers_are_written_for_people() -> None:
    assert [templating.number_text(number) for number in (0, 1, 1200, 1_234_567)] == [
        "0",
        "1",
        "1,200",
        "1,234,567",
    ]
    assert [templating.percent_text(ratio) for ratio in (0, 0.974, 1.3)] == ["0%", "97%", "130%"]


def test_numbers_and_dates_are_written_as_the_language_has_them() -> None:
    with texts.speaking("de"):
        assert templating.number_text(1200) == "1.200"
        assert templating.minutes_text(5.5) == "5,5"


def test_tone_of_a_label_has_two_bad_sides() -> None:
    labels = [label for _, label, _ in pacing.LABELS] + [pacing.SLOWEST[0], pacing.NO_PACE.label]
    assert [templating.tone(label) for label in labels] == [
        "fast",
        "fast",
        "on",
        "on",
        "slow",
        "slow",
        "none",
    ]


@pytest.mark.parametrize(
    ("active", "tone"), [(41.9, "fast"), (42, "near"), (60, "near"), (65.9, "near"), (66, "slow")]
)
def test_tone_of_a_question(active: float, tone: str) -> None:
    assert templating.tone_of(question(active)) == tone


@pytest.mark.parametrize(
    ("mmss", "text"), [("00:34", "00:34 over"), ("-01:12", "01:12 under"), ("00:00", "00:00")]
)
def test_off_target_in_words(mmss: str, text: str) -> None:
    assert templating.off_target(question(60, mmss)) == text


def test_weekdays_are_counted_from_monday() -> None:
    assert [templating.weekday_name(number) for number in (1, 4, 7)] == ["Monday", "Thursday", "Sunday"]
    with texts.speaking("de"):
        assert templating.weekday_name(1) == "Montag"


def test_languages_have_their_own_names() -> None:
    assert texts.own_names() == {"en": "English", "de": "Deutsch"}
