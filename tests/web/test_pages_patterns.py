"""Pieces of pages with blanks in them."""

from datetime import UTC, date, datetime

import pytest

from app.tracking.summaries import QuestionSummary
from app.web.routes.pages.patterns import BLANK, question_rows

AT = datetime(2026, 11, 21, 8, 41, 7, 250_000, tzinfo=UTC)


def question(task_id: str | None, task_type: str | None) -> QuestionSummary:
    return QuestionSummary(
        index=3,
        id="6f1c",
        started_at=AT,
        ended_at=AT,
        raw_seconds=400.0,
        active_seconds=312.0,
        active_mmss="05:12",
        target_minutes=5.5,
        over_under_target_seconds=-18.0,
        over_under_target_mmss="-00:18",
        task_id=task_id,
        task_type=task_type,
    )


def row(task_id: str | None, task_type: str | None) -> str:
    return question_rows(
        [question(task_id, task_type)],
        address="/dashboard/sessions/9a",
        zone="Europe/Berlin",
        day=date(2026, 11, 21),
        part=2,
    )


def test_row_of_a_question() -> None:
    change = 'class="button button-quiet" formaction="/dashboard/sessions/9a/questions/6f1c/delete?part=2"'
    assert [line.strip() for line in row("4711", "Side by side").splitlines()] == [
        '<tr id="q-3">',
        '<th scope="row">3</th>',
        '<td><time datetime="2026-11-21T08:41:07.250Z">09:41</time></td>',
        '<td class="num">05:12</td>',
        '<td class="num tone-near">00:18 under</td>',
        '<td class="num under" data-label="raw">06:40</td>',
        '<td class="num under" data-label="target">5.5 min</td>',
        '<td class="under task">4711 <span class="soft">Side by side</span></td>',
        f'<td class="under num no-print"><button {change} aria-label="Delete question 3">Delete</button></td>',
        "</tr>",
    ]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"),
        ("%s %(id)s %%", "%s %(id)s %%"),
        ("{id} {{ id }}", "{id} {{ id }}"),
        (f"{BLANK}id{BLANK}", f"{BLANK}id{BLANK}"),
    ],
    ids=["markup", "percent", "braces", "blanks"],
)
def test_texts_of_others_stand_in_a_row_as_they_are(sent: str, shown: str) -> None:
    cells = [line.strip() for line in row(sent, sent).splitlines() if "task" in line]
    assert cells == [f'<td class="under task">{shown} <span class="soft">{shown}</span></td>']
