"""Pieces of a page that come by the hundred: drawn once with blanks for values, and then filled in as text.

Jinja needs several times as long for each piece as Python needs to fill the blanks in. What the piece looks like
stands in a template all the same.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from markupsafe import Markup, escape

from app.tracking.summaries import QuestionSummary
from app.web.routes.pages.charts import Block, Strip
from app.web.templating import (
    clock,
    environment,
    machine_time,
    minutes_text,
    off_target,
    seconds_text,
    tone_of,
)

PAUSE_HEIGHT = 22  # pixels
BLANK = "\N{OBJECT REPLACEMENT CHARACTER}"  # around the name of a value


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with blanks, in Python's own notation."""

    text: str

    def filled(self, values: Mapping[str, str | int | float]) -> Markup:
        """The piece with these values; texts are escaped."""
        safe = {name: escape(value) if isinstance(value, str) else value for name, value in values.items()}
        return Markup(self.text % safe)  # noqa: S704  # a template of ours, and nothing in it that is not escaped


@cache
def pattern(template: str, names: str, **known: str | bool | int) -> Pattern:
    """`template` with a blank for each of `names` (words); the rest of what it shows is `known`."""
    blanks = {name: f"{BLANK}{name}{BLANK}" for name in names.split()}
    text = environment().get_template(template).render(**blanks, **known) + "\n"
    return Pattern(re.sub(f"{BLANK}(.*?){BLANK}", r"%(\1)s", text.replace("%", "%%")))


ROW = "index began clock active tone off_target raw target task address id part"
BLOCK = "title paused_x paused_y paused_width x y width height"


def question_rows(
    questions: Iterable[QuestionSummary], *, address: str, zone: str, day: date, part: int
) -> Markup:
    """The rows of a session's list of questions."""
    row = pattern("parts/question_row.html", ROW)
    return Markup("").join(
        row.filled(
            {
                "address": address,
                "part": part,
                "index": question.index,
                "id": question.id,
                "began": machine_time(question.started_at),
                "clock": clock(question.started_at, zone, day),
                "active": question.active_mmss,
                "tone": tone_of(question),
                "off_target": off_target(question),
                "raw": seconds_text(question.raw_seconds),
                "target": minutes_text(question.target_minutes),
                "task": _task(question),
            }
        )
        for question in questions
    )


def _task(question: QuestionSummary) -> Markup:
    """What a sender of events has called it: any text."""
    name = escape(question.task_id or "")
    return (
        name + Markup(' <span class="soft">{}</span>').format(question.task_type)
        if question.task_type
        else name
    )


def strip_blocks(drawn: Strip) -> Markup:
    """The questions of a session as the blocks of its drawing."""
    return Markup("").join(_block(block, drawn) for block in drawn.blocks)


def _block(block: Block, drawn: Strip) -> Markup:
    has_pause = bool(block.paused_width)
    drawing = pattern(
        "parts/strip_block.html", BLOCK, kind=block.kind, has_pause=has_pause, corner=drawn.corner
    )
    return drawing.filled(
        {
            "title": block.title,
            "paused_x": block.paused_x,
            "paused_y": drawn.base - PAUSE_HEIGHT,
            "paused_width": block.paused_width,
            "x": block.x,
            "y": block.y,
            "width": block.width,
            "height": block.height,
        }
    )
