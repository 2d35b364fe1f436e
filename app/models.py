"""Request and response shapes, under one roof; they live in `app/shapes/`."""

from app.shapes.auth import AccessTokenOut as AccessTokenOut
from app.shapes.auth import LoggedOut as LoggedOut
from app.shapes.auth import LoginIn as LoginIn
from app.shapes.auth import MeOut as MeOut
from app.shapes.auth import NewTokenOut as NewTokenOut
from app.shapes.auth import RegistrationIn as RegistrationIn
from app.shapes.auth import TokenIn as TokenIn
from app.shapes.auth import TokenOut as TokenOut
from app.shapes.bodies import Problem as Problem
from app.shapes.events import BatchEventIn as BatchEventIn
from app.shapes.events import BatchIn as BatchIn
from app.shapes.events import BatchOut as BatchOut
from app.shapes.events import BatchResult as BatchResult
from app.shapes.events import DeletedOut as DeletedOut
from app.shapes.events import EventIn as EventIn
from app.shapes.events import EventOut as EventOut
from app.shapes.events import KnownIn as KnownIn
from app.shapes.events import KnownOut as KnownOut
from app.shapes.events import TargetIn as TargetIn
from app.shapes.summaries import DaySessionOut as DaySessionOut
from app.shapes.summaries import DaySummaryOut as DaySummaryOut
from app.shapes.summaries import DiscardedQuestionOut as DiscardedQuestionOut
from app.shapes.summaries import HourActivityOut as HourActivityOut
from app.shapes.summaries import QuestionOut as QuestionOut
from app.shapes.summaries import RecentSessionOut as RecentSessionOut
from app.shapes.summaries import SessionSummaryOut as SessionSummaryOut
