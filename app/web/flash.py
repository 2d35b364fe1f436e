"""What a page says about the form that led to it.

A form answers with a redirect; its outcome travels as `?done=<keyword>`. Only the keywords below mean anything,
so nobody can put words of theirs on a page by handing out a link.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.auth import UUID

SENTENCES = {
    "welcome": "Welcome. Your account is ready.",
    "logged-out": "You are logged out.",
    "logged-out-everywhere": "You are logged out everywhere, and every browser is disconnected.",
    "profile-saved": "Your profile is saved.",
    "password-changed": "Your password is changed. Other logins have ended.",
    "token-revoked": "That browser is disconnected.",
    "session-deleted": "The session is deleted.",
    "session-restored": "The session is back.",
    "session-ended": "The session has ended.",
    "question-deleted": "The question is deleted: it is kept below and counted nowhere.",
    "question-restored": "The question counts again.",
    "target-changed": "The target of this session is changed.",
}

# For the redirect: else a browser keeps the fragment of the form's address, and the notice is out of sight.
TOP = "#content"

# Where a POST takes an act back; the ids come with the redirect.
UNDO = {
    "session-deleted": "/dashboard/sessions/{session}/restore",
    "question-deleted": "/dashboard/sessions/{session}/questions/{question}/restore",
    "question-restored": "/dashboard/sessions/{session}/questions/{question}/delete",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence on top of a page, in English; `undo` is where a POST takes the act back."""

    sentence: str
    undo: str | None = None


def notice_of(query: Mapping[str, str]) -> Notice | None:
    """The notice that the query of a redirect names, if it is a known one."""
    done = query.get("done", "")
    if done not in SENTENCES:
        return None
    # Nothing but an id may become part of an address.
    ids = {name: query[name] for name in ("session", "question") if UUID.fullmatch(query.get(name, ""))}
    try:
        return Notice(SENTENCES[done], UNDO[done].format(**ids))
    except KeyError:  # it cannot be taken back, or an id is missing
        return Notice(SENTENCES[done])
