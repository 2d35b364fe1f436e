"""What an account without sessions sees: the steps to a first day, and a sample of what will be shown."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.services.accounts.accounts import User
from app.services.first_steps import FirstSteps, first_steps
from app.web.routes.pages.sample import Sample, sample


@dataclass(frozen=True, slots=True)
class FirstUse:
    """What `parts/first_steps.html` receives as `first_use`."""

    steps: FirstSteps
    sample: Sample


def first_use(conn: Connection, user: User) -> FirstUse:
    """What the user has done so far, and the sample."""
    return FirstUse(first_steps(conn, user), sample())
