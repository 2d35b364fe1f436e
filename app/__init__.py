"""RaterHub Tracker: session-based productivity tracking from the events of a browser widget."""
