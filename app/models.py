"""Request and response shapes, under one roof; they live in `app/shapes/`."""

from app.shapes.auth import *  # noqa: F403
from app.shapes.bodies import *  # noqa: F403
from app.shapes.events import *  # noqa: F403
from app.shapes.summaries import *  # noqa: F403
