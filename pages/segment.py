"""Segment."""

from ui import frame

frame.page("Segment", "What does it see?")
