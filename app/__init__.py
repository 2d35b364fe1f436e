"""RaterHub Tracker: session-based productivity tracking from the events of a browser widget."""

from zoneinfo import reset_tzpath

# Time zones follow the pinned package tzdata, never what the machine has installed: every start comes by here.
reset_tzpath(to=())
