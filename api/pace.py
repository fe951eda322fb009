"""How often something may be asked for: a sliding minute per name, in the memory of this process only.

With several server processes each counts for itself; a restart forgets.
"""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from api.failures import ApiError

WINDOW = timedelta(minutes=1)
WATCHED_NAMES = 10_000


@dataclass(eq=False)
class TooFast(ApiError):
    """Asked for too often; ``retry_after_s`` seconds until the next try counts."""

    code: ClassVar[str] = "api.too_fast"
    retry_after_s: int


class Pace:
    """At most ``limit`` tries of one name within a minute; a refused try is not counted."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()

    def step(self, name: str, now: datetime) -> None:
        """Count a try.

        Raises:
            TooFast: ``limit`` tries of this name were counted within the last minute.
        """
        with self._lock:
            times = self._tries.setdefault(name, deque(maxlen=self._limit))
            if len(times) == self._limit and now - times[0] < WINDOW:
                left = WINDOW - (now - times[0])
                raise TooFast(-int(-left.total_seconds() // 1))
            times.append(now)
            self._tries.move_to_end(name)
            while len(self._tries) > WATCHED_NAMES:
                self._tries.popitem(last=False)
