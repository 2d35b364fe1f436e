"""Shapes of accounts, logins and personal access tokens."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.shapes.bodies import Body, Composed

Password = Annotated[SecretStr, Field(max_length=128), Composed]
Email = Annotated[str, Field(max_length=254, examples=["ada@example.com"]), Composed]
Name = Annotated[str, Field(max_length=100), Composed]


class RegistrationIn(Body):
    """A person who wants an account."""

    email: Email
    password: Annotated[
        Password,
        Field(
            description="12 to 128 characters, among them an upper-case and a lower-case letter, a digit and "
            "a symbol; not easy to guess, even for somebody who knows the name and the address.",
            examples=["Quiet-harbour-84-lanterns"],
        ),
    ]
    first_name: Annotated[Name | None, Field(examples=["Ada"])] = None
    last_name: Annotated[Name | None, Field(examples=["Byron"])] = None
    timezone: Annotated[
        str | None, Field(max_length=64, description="IANA name; UTC if missing.", examples=["Europe/London"])
    ] = None


class LoginIn(Body):
    """A person who has an account."""

    email: Email
    password: Annotated[Password, Field(examples=["Quiet-harbour-84-lanterns"])]


class AccessTokenOut(BaseModel):
    """A JWT for the `Authorization` header."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"


class MeOut(BaseModel):
    """The account that is asking."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    external_id: str
    email: str
    first_name: str | None
    last_name: str | None
    timezone: Annotated[str, Field(validation_alias="zone", description="IANA name")]
    role: Literal["user", "admin"]
    is_active: bool
    target_minutes_per_question: Annotated[float, Field(validation_alias="target_minutes")]
    week_starts_on: Annotated[int, Field(ge=1, le=7, description="1 Monday … 7 Sunday")]
    created_at: datetime
    last_login_at: datetime | None


class TokenIn(Body):
    """A personal access token to be made."""

    name: Annotated[Name, Field(min_length=1, examples=["Firefox at home"])]


class TokenOut(BaseModel):
    """A personal access token; its secret is shown only when it is made."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    scope: Literal["track"]
    created_at: datetime
    last_used_at: datetime | None


class NewTokenOut(BaseModel):
    """A personal access token with its secret, which is shown this once."""

    id: str
    name: str
    token: Annotated[str, Field(examples=["rht_…"])]
    scope: Literal["track"]
    created_at: datetime
