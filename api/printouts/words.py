"""Hours and masked names as they stand on paper; the words for codes are in ``api.labels``."""

from datetime import time


def clock_time(seconds: int) -> time:
    """Seconds after midnight as the hour on a wall clock (the next day's after 24 h)."""
    return time(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)


def masked(name: str) -> str:
    """A name by its first character alone: paper is read by everybody who carries it."""
    return name[:1] + "*" * max(1, len(name) - 1)
