"""What a click, a page that comes or an EXIT must leave in the log, by the journal of the work alone.

Each answers with all that is right; only one thing, wherever the journal can know it. It cannot where a tab was gone
right after a submit: whether that tab has still seen the next page, nobody knows.
"""

import time

from tests.browser.faults.client import Client
from tests.browser.faults.task_journal import DISCARD, EXIT, LEAVE, NEXT, UNDO, Kinds, TaskJournal, told

DOUBLE_CLICK_SECONDS = 1.0  # a second submit within that time is none


def leaving_the_list(journal: TaskJournal, client: Client, task: str) -> list[Kinds]:
    """Automatic, on coming from the list to a task: the first NEXT; or one that discards the question about nothing."""
    opened = journal.open()
    if not opened:
        return [(NEXT,)]
    return chosen(emptiness(journal, client, task), (DISCARD,), ())


def exiting(journal: TaskJournal, client: Client, task: str | None) -> list[Kinds]:
    """On the list, after a submit, the open question is about nothing, and counted nowhere."""
    opened = journal.open()
    if task is not None or not opened or opened[0].after is None:
        return [(EXIT,)]
    return chosen(emptiness(journal, client, None), (LEAVE,), (EXIT,))


def chosen(empty: str, yes: Kinds, no: Kinds) -> list[Kinds]:
    """What is right for a question about "nothing", "perhaps" nothing, or something."""
    return {"nothing": [yes], "perhaps": [yes, no], "something": [no]}[empty]


def emptiness(journal: TaskJournal, client: Client, task: str | None) -> str:
    """Whether the open question is about "nothing" so far, "perhaps", or "something", as is another browser's."""
    opened = journal.open()
    if opened[0].client is not client:
        return "something"
    if told(opened) == set() and opened[0].after != task:
        return "perhaps" if any(line.glimpsed for line in opened) else "nothing"
    # What was still on the page after its submit says nothing about the question that the submit has opened.
    return "perhaps" if told(opened) <= {opened[0].after} else "something"


def closing(journal: TaskJournal, client: Client, task: str | None, *, discard: bool) -> list[Kinds]:
    """Automatic, on submit or release: a NEXT; or where the same task was submitted before, an UNDO and the NEXT."""
    opened, press = journal.open(), DISCARD if discard else NEXT
    if not opened:
        return [()] if discard else [(NEXT,)]
    if opened[0].client is not client or opened[0].after != task or opened[0].known:
        return [(press,)]
    once_more: list[Kinds] = [(UNDO, press)]
    now = journal.now()
    if (
        now is not None and not now.closed
    ):  # the first of its session: there is nothing that UNDO could reopen
        once_more = [()]
    elif time.time() - opened[0].latest < DOUBLE_CLICK_SECONDS:
        once_more.append(())
    others = told(opened) - {task} or any(line.glimpsed for line in opened)
    return [*once_more, (press,)] if others else once_more


def describable(journal: TaskJournal, client: Client, task: str) -> bool:
    """Whether the open question can be told to be about the task that has come: UNDO must find something to reopen."""
    opened, now = journal.open(), journal.now()
    if now is None or opened[0].client is not client or opened[0].after == task:
        return False
    counted = any(not ask.discarded for ask in now.closed)
    return counted and told(opened) == {task} and not any(line.glimpsed for line in opened)
