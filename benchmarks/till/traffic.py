"""The charges that are sent: real cards, one guest in ten, everybody's first meals one after another."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from benchmarks.till.county import Ground, Person, Till

GUESTS_OF = 10
"""Every tenth charge is a guest's."""
PERIODS = (("LUNCH", "11:05"), ("SUPPER", "17:20"))
PRICE_FEN = 1500
BASKET = f'[{{"name":"套餐","category":"set","unit_price_fen":{PRICE_FEN},"quantity":1}}]'


@dataclass(frozen=True, slots=True)
class Meal:
    """Who eats which meal; nobody known is a guest."""

    number: int
    day: date
    period: str
    at: str
    person: Person | None


class Traffic:
    """Makes requests with ids and counters of their own; ready ones lie in stock."""

    def __init__(self, ground: Ground) -> None:
        self._tills = ground.tills
        self._counters = [count(1) for _ in ground.tills]
        self._meals = _meals(ground)
        self._turn = count()
        self._singles: deque[bytes] = deque()
        self._batches: dict[int, deque[bytes]] = {}

    def meals(self, number: int) -> list[Meal]:
        """The next meals, for a peer that sends nothing."""
        return [next(self._meals) for _ in range(number)]

    def stock_singles(self, number: int) -> None:
        """Have at least ``number`` single requests ready."""
        while len(self._singles) < number:
            self._singles.append(self._single())

    def stock_batches(self, number: int, size: int) -> None:
        """Have at least ``number`` requests of ``size`` charges ready."""
        ready = self._batches.setdefault(size, deque())
        while len(ready) < number:
            ready.append(self._batch(size))

    def single(self) -> bytes:
        """One POST /api/charges, headers included."""
        return self._singles.popleft() if self._singles else self._single()

    def batch(self, size: int) -> bytes:
        """One POST /api/charges/batch of ``size`` charges of one till."""
        ready = self._batches.get(size)
        return ready.popleft() if ready else self._batch(size)

    def _single(self) -> bytes:
        place = next(self._turn) % len(self._tills)
        return _post("/api/charges", self._tills[place], self._body(place))

    def _batch(self, size: int) -> bytes:
        place = next(self._turn) % len(self._tills)
        bodies = ",".join(self._body(place) for _ in range(size))
        return _post("/api/charges/batch", self._tills[place], f"[{bodies}]")

    def _body(self, place: int) -> str:
        meal, till, counter = next(self._meals), self._tills[place], next(self._counters[place])
        card = f',"card_code":"{meal.person.card_code}"' if meal.person else ""
        return (
            f'{{"charge_id":"{till.device_id}-1-{counter}","device_id":"{till.device_id}",'
            f'"epoch":1,"counter":{counter},"occurred_at":"{meal.day}T{meal.at}:00+08:00",'
            f'"period":"{meal.period}","basket":{BASKET}{card}}}'
        )


def _meals(ground: Ground) -> Iterator[Meal]:
    """Every person's lunch, then every person's supper, day after day; from the first day again at the end."""
    number = count()
    while True:
        day = ground.first_day
        while day <= ground.last_day:
            for period, at in PERIODS:
                for person in ground.people:
                    if (n := next(number)) % GUESTS_OF == 0:
                        yield Meal(n, day, period, at, None)
                        n = next(number)
                    yield Meal(n, day, period, at, person)
            day += timedelta(days=1)


def _post(path: str, till: Till, body: str) -> bytes:
    sent = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"cookie: nuanzao_session={till.token}\r\nx-csrf-token: {till.csrf}\r\n"
        f"content-length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent
