"""`python -m app` is `raterhub-tracker`."""

from app.cli import app

app(prog_name="raterhub-tracker")
