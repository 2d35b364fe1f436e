"""The endpoint that everything is measured against: the models of an event, the token verified, nothing else.

No admission, no identity from a database, no state: what FastAPI itself costs on this machine at this moment.
"""

import os
from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, Header

from app.models import EventIn, EventOut
from app.services.recording.response import NOTHING_ACTIVE
from app.web.routes.api.events import answer_out

SECRET = os.environ.get("SECRET_KEY", "")

app = FastAPI()


async def claims_of(authorization: Annotated[str, Header()]) -> dict[str, Any]:
    """What the token says that was sent. Raises `PyJWTError`."""
    return jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])


@app.post("/events")
async def post_event(_body: EventIn, _claims: Annotated[dict[str, Any], Depends(claims_of)]) -> EventOut:
    """Take an event and answer at once."""
    return answer_out(NOTHING_ACTIVE, datetime.now(UTC))
