"""What users enter about themselves, normalised or refused with `InvalidInput`."""

import math
import re
import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

from app.services.refusals import InvalidInput
from app.tracking.days import UTC_ZONE, timezones
from app.tracking.records import LONGEST_TARGET_MINUTES

# Names that reach nobody on the internet but do on the home network where many a server of this kind stands.
email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("local")

LONGEST_EMAIL = 254  # RFC 5321
LONGEST_EMAIL_KEY = 320  # a folded letter may become three
LONGEST_NAME = 100
DECIMAL = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)", re.ASCII)
WEEKDAYS = {"1", "2", "3", "4", "5", "6", "7"}
# They reverse the text around them or are invisible. (Joiners, of the same category, belong into names and emoji.)
INVISIBLE = set("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}  # Unicode categories: control, surrogate, line and paragraph separator


def email_of(raw: str) -> str:
    """The address in its normal form."""
    raw = unicodedata.normalize("NFC", raw.strip())
    if len(raw) > LONGEST_EMAIL:
        raise InvalidInput("email", f"An e-mail address has at most {LONGEST_EMAIL} characters.")
    try:
        # Whether mail arrives is not checked: looking up a domain would tell others who registers here.
        email = validate_email(raw, check_deliverability=False, test_environment=True).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise InvalidInput("email", "This is not a valid e-mail address.") from error
    if len(_folded(email)) > LONGEST_EMAIL_KEY:
        raise InvalidInput("email", "This e-mail address is too long.")
    return email


def email_key(raw: str) -> str:
    """What two spellings of one address have in common; any text has a key, if only that of no account."""
    try:
        return _folded(email_of(raw))
    except InvalidInput:
        printable = "".join("\ufffd" if unicodedata.category(c) in UNPRINTABLE else c for c in raw)
        return _folded(printable.strip())


def _folded(email: str) -> str:
    return unicodedata.normalize("NFC", email.casefold())


def name_of(field: str, raw: str | None) -> str | None:
    """A name without the space around it; None when nothing is left."""
    if raw is None:
        return None
    if any(unicodedata.category(character) in UNPRINTABLE or character in INVISIBLE for character in raw):
        raise InvalidInput(
            field, "A name must not contain control characters, line breaks or invisible marks."
        )
    name = unicodedata.normalize("NFC", raw).strip()
    if len(name) > LONGEST_NAME:
        raise InvalidInput(field, f"A name has at most {LONGEST_NAME} characters.")
    return name or None


def timezone_of(raw: str | None) -> str:
    """The time zone, or UTC where none was given."""
    if raw is None:
        return UTC_ZONE
    if raw not in timezones():
        raise InvalidInput("timezone", "This is not a known time zone; an example of one is Europe/Berlin.")
    return raw


def week_start_of(raw: str) -> int:
    """The number of the weekday with which weeks begin: 1 Monday … 7 Sunday."""
    if raw not in WEEKDAYS:
        raise InvalidInput("week_starts_on", "A week starts on a day from 1 (Monday) to 7 (Sunday).")
    return int(raw)


def decimal_of(field: str, raw: str) -> float:
    """The number that was typed, its decimals behind a point or a comma: both `5.5` and `5,5`.

    A number with thousands separated is refused: `1,234` means 1.234.
    """
    if not DECIMAL.fullmatch(raw.strip()):
        raise InvalidInput(
            field, "This is not a number; write one like 5.5 or 5,5, without separating thousands."
        )
    return float(raw.replace(",", "."))


def target_of(minutes: float) -> float:
    """Minutes for one question."""
    if not math.isfinite(minutes) or not 0 < minutes <= LONGEST_TARGET_MINUTES:
        raise InvalidInput(
            "target_minutes_per_question",
            f"A target is more than 0 and at most {LONGEST_TARGET_MINUTES} minutes.",
        )
    return minutes
