"""The query of a session's page: the selected question, the questions in the drawing, the part of the list."""

from dataclasses import dataclass

from app.services.refusals import InvalidInput
from app.tracking.summaries import ClosedQuestion, QuestionSummary, SessionSummary
from app.web.routes.pages.charts import Stretch

MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class View:
    """The query of the page's address, as typed."""

    part: int = 1  # of the list
    question: str = ""  # its number in the session, or its id
    first: str = ""  # numbers of questions: the drawing begins with the first and ends with the last
    last: str = ""


def stretch_of(view: View, session: SessionSummary) -> Stretch | None:
    """The questions that the drawing shows; None: all. Raises `InvalidInput`, for the field `from` or `to`."""
    if not view.first and not view.last:
        return None
    count = len(session.questions)
    first = _number("from", view.first, count) if view.first else 1
    last = _number("to", view.last, count) if view.last else count
    if first > last:
        raise InvalidInput("from", "The first question comes after the last.")
    return Stretch(first, last) if last - first + 1 < count else None


def question_of(view: View, session: SessionSummary) -> ClosedQuestion | None:
    """The question that is asked for, if one is. Raises `InvalidInput`, for the field `question`."""
    if not view.question:
        return None
    for question in (*session.questions, *session.discarded):
        if question.id == view.question:
            return question
    if "-" in view.question:
        raise InvalidInput("question", "This question is not in this session any more.")
    return session.questions[_number("question", view.question, len(session.questions)) - 1]


def part_of(view: View, question: ClosedQuestion | None, size: int) -> int:
    """The part of the list that holds the question, in parts of `size`; else the part that is asked for."""
    return (question.index - 1) // size + 1 if isinstance(question, QuestionSummary) else view.part


def _number(field: str, text: str, count: int) -> int:
    if not count:
        raise InvalidInput(field, "No question of this session is finished yet.")
    digits = text.strip()
    if not digits.isdecimal() or len(digits) > MOST_DIGITS:
        raise InvalidInput(field, "This is not the number of a question.")
    if not 1 <= int(digits) <= count:
        raise InvalidInput(
            field, "The finished questions of this session have the numbers 1 to {last}.", last=count
        )
    return int(digits)
