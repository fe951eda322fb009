"""One scenario: some days of meals in a small county, with everything that its seed lets go wrong."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from api.simulation.county import FIRST_DAY, County, Elder
from api.simulation.faults import DeviceClock, Dice, Memory, MemoryShelf, Odds, PowerCut
from api.simulation.ledger import SHANGHAI
from api.simulation.plan import OPENS, plan_day
from api.simulation.plants import Plant
from api.simulation.register import Register
from api.simulation.server import Line, Server, Takes
from api.simulation.told import Facts, Meal
from kitchen.kinds import MealPeriod
from pos.errors import TillStopped
from pos.kinds import PurseKind
from pos.requests import BasketItem, ChargeRecord, ReversalRecord
from pos.till.book import Fittings
from pos.till.client import Till, TillRules
from pos.till.reckoning import Ask
from pos.till.state import Line as LogLine

LEAST_TILLS, MOST_TILLS = 5, 20
PEOPLE = (10, 40)
DRAINS = 8


RulesFor = Callable[[str, str], TillRules]
"""What a till (by its id and site) is given when it is enrolled."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What a scenario is played with: rules for its tills, a planted bug ("" for none), the most tills."""

    rules: RulesFor
    plant: Plant
    most_tills: int = MOST_TILLS


@dataclass(slots=True)
class Post:
    """A till where it stands: its machine, the program that runs on it, and backups of its storage."""

    device_id: str
    site_id: str
    rules: TillRules
    memory: Memory
    shelf: MemoryShelf
    clock: DeviceClock
    line: Line
    till: Till
    backups: list[tuple[bytes, tuple[bytes, ...], int]] = field(default_factory=list)


class World:
    """The county while it is simulated. ``meals`` and ``facts`` are what the independent ledger is told."""

    def __init__(
        self, county: County, server: Server, cast: Cast, *, chance: random.Random
    ) -> None:
        self.county, self.server, self.chance = county, server, chance
        self._cast, self._plant = cast, cast.plant
        self.odds = Odds()
        self.meals: dict[str, Meal] = {}
        self.facts = Facts()
        self.faults: list[str] = []
        self._given_back: set[str] = set()
        self._true_now = datetime.combine(FIRST_DAY, datetime.min.time(), SHANGHAI).astimezone(UTC)
        self._queue: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = 0
        self.takes: Takes = cast.plant.takes(server)
        self.register = Register(server, county, self.facts)
        self.posts = {d: self._post(d) for d in self._drawn_tills()}
        self.people = self._drawn_people()
        self.days = 1 + (chance.random() < 0.4) + (chance.random() < 0.15)

    # --- time -------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The true time."""
        return self._true_now

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self._true_now += timedelta(seconds=seconds)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen later."""
        self.at(self._true_now + timedelta(seconds=seconds), act)

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        self._number += 1
        heapq.heappush(self._queue, (moment, self._number, act))

    def hour(self, day: int, hour: float) -> datetime:
        """An hour of a day (0 is the first), as a moment."""
        start = datetime.combine(FIRST_DAY, datetime.min.time(), SHANGHAI)
        return (start + timedelta(days=day, hours=hour)).astimezone(UTC)

    def run(self) -> None:
        """Everything from the enrolment of the tills to the last upload."""
        self._begin()
        self.odds = Odds.draw(self.chance)
        for day in range(self.days):
            plan_day(self, day)
        self._work_off()
        self.odds = Odds()
        self._work_off()
        self._drain()

    def _work_off(self) -> None:
        while self._queue:
            moment, _number, act = heapq.heappop(self._queue)
            self._true_now = max(self._true_now + timedelta(milliseconds=1), moment)
            act()

    # --- the county -------------------------------------------------------------------------------

    def _drawn_tills(self) -> list[str]:
        more = self._cast.most_tills - LEAST_TILLS + 1
        count = LEAST_TILLS + int(more * self.chance.random() ** 5)
        return sorted(self.chance.sample(sorted(self.county.tills), count))

    def _drawn_people(self) -> list[Elder]:
        low, high = PEOPLE
        count = low + int((high - low + 1) * self.chance.random() ** 2)
        return self.chance.sample(self.county.elders, count)

    def _post(self, device_id: str) -> Post:
        site_id = self.county.tills[device_id]
        memory, shelf = Memory(self.chance, self.now), MemoryShelf()
        clock = DeviceClock(self.now, self.now())
        line = Line(device_id, self.server, self.takes, self)
        own = self._cast.rules(device_id, site_id)
        till = Till(own, self._fittings(memory, shelf, clock, line))
        till.begin(1)
        return Post(device_id, site_id, own, memory, shelf, clock, line, till)

    def _fittings(
        self, memory: Memory, shelf: MemoryShelf, clock: DeviceClock, line: Line
    ) -> Fittings:
        return Fittings(memory, shelf, self._plant.line(line), clock, Dice(self.chance))

    def _begin(self) -> None:
        """Each till got its card list some days ago, from nothing to five."""
        ages = self.chance.choice(((0,), (1,), (0, 2), (3,), (5,)))
        for age in sorted(set(ages), reverse=True):
            self._true_now = self.hour(-age, OPENS - 1)
            for post in self.posts.values():
                if age == max(ages) or self.chance.random() < 0.5:
                    self.wait(1)
                    post.till.sync()
                if self.chance.random() < 0.3:
                    self.restart(post)

    # --- at the till ------------------------------------------------------------------------------

    def talk(self, post: Post) -> None:
        """Greet and upload, as a till does in the morning and whenever it is off line."""
        if not self._is_ready(post):
            return
        try:
            post.till.sync()
        except PowerCut:
            self.restart(post)
        except TillStopped:
            post.till.on_line = False

    def visit(self, elder: Elder | None, period: MealPeriod) -> None:
        """Somebody comes for a meal, to any of the tills; None is a guest."""
        post = self.chance.choice(list(self.posts.values()))
        if not self._is_ready(post):
            return
        till = post.till
        if (not till.on_line or till.state.waiting) and self.chance.random() < 0.5:
            self.talk(post)
        self._serve(post, self._ask(elder, period))

    def _ask(self, elder: Elder | None, period: MealPeriod) -> Ask:
        chance = self.chance
        price_fen = chance.choice((1200, 1500, 1555, 1800))
        sets = 2 if chance.random() < 0.08 else 1
        basket = (BasketItem("套餐", "set", price_fen, sets),)
        if elder is None:
            return Ask(period, basket)
        if chance.random() < self.odds.look_up:
            return Ask(period, basket, senior_id=elder.person.senior_id)
        purses: tuple[PurseKind, ...] | None = () if chance.random() < 0.1 else None
        return Ask(period, basket, card_code=self.register.card_shown(elder, chance), purses=purses)

    def _serve(self, post: Post, ask: Ask, *, again: bool = False) -> None:
        """Sell a meal; whoever was sent away by a power cut comes again."""
        before = len(self.meals)
        if not again and self.chance.random() < self.odds.power:
            post.memory.crash_in = self.chance.randrange(1, 4)
        try:
            outcome = post.till.sell(ask)
        except TillStopped:
            return
        except PowerCut:
            self.restart(post)
            if len(self.meals) == before and not again:
                self._serve(post, ask, again=True)
            return
        finally:
            post.memory.crash_in = 0
        if outcome.done:
            self._hand_over(post, outcome.charge_id, outcome.cash_fen)
            if self.chance.random() < self.odds.taken_back:
                self.later(
                    self.chance.choice((60, 900, 7200)),
                    lambda: self._take_back(post, outcome.charge_id),
                )
        elif not again and self.chance.random() < 0.5:  # refused: some pay the full price instead
            self._serve(post, Ask(ask.period, ask.basket), again=True)

    def _take_back(self, post: Post, charge_id: str) -> None:
        if not self._is_ready(post):
            return
        if self.chance.random() < self.odds.power:
            post.memory.crash_in = self.chance.randrange(1, 3)
        try:
            outcome = post.till.take_back(charge_id, "退餐")
        except TillStopped:
            return
        except PowerCut:
            self.restart(post)
            return
        finally:
            post.memory.crash_in = 0
        if outcome.done:
            self._give_back(charge_id, outcome.charge_id, outcome.cash_fen)

    def _give_back(self, origin_id: str, reversal_id: str, cash_fen: int) -> None:
        meal = self.meals[origin_id]
        if meal.taken_back or cash_fen != -meal.cash_fen:
            self.faults.append(f"{reversal_id} gives {-cash_fen} back for {meal.cash_fen}")
        meal.taken_back = True
        self._given_back.add(reversal_id)

    def _hand_over(
        self, post: Post, charge_id: str, cash_fen: int, *, made_at: datetime | None = None
    ) -> None:
        """A meal changes hands, and so does its cash: the independent ledger is told."""
        record = post.till.state.lines[charge_id].made.record
        assert isinstance(record, ChargeRecord)  # noqa: S101  # narrows: sales are charges
        true_at = made_at or post.memory.written_at or self.now()
        at = true_at
        if record.clock is None:
            at = record.occurred_at.astimezone(UTC)
        else:
            told = record.clock.server_at + timedelta(milliseconds=record.clock.elapsed_ms)
            if abs(told - true_at) > timedelta(seconds=1):
                self.faults.append(f"{charge_id} says {told} at {true_at}")
        elder, card = self.register.owner(record.card_code, record.senior_id)
        total_fen = sum(item.unit_price_fen * item.quantity for item in record.basket)
        self.meals[charge_id] = Meal(
            record_id=charge_id,
            site_id=post.site_id,
            policy_id=self.county.policies[post.site_id],
            period=str(record.period),
            at=at,
            sure=record.clock is not None,
            offline=record.offline is not None,
            price_fen=total_fen,
            set_fen=max(item.unit_price_fen for item in record.basket),
            cash_fen=cash_fen,
            by=elder.person if elder else None,
            card=card,
        )

    # --- what goes wrong at a till ----------------------------------------------------------------

    def restart(self, post: Post) -> None:
        """The program begins anew on what the storage holds; the cashier sees what was last done."""
        made_at = post.memory.written_at
        post.memory.calm()
        post.clock.started = self.now()
        self._plant.storage(post.memory)
        fittings = self._fittings(post.memory, post.shelf, post.clock, post.line)
        post.till = Till(post.rules, fittings)
        self._settle(post)
        for line in list(post.till.state.lines.values()):
            self._finish(post, line, made_at)

    def _settle(self, post: Post) -> None:
        """The cashier says whether the interrupted sale (or reversal) was carried out."""
        record = post.till.interrupted
        if record is None:
            return
        if isinstance(record, ReversalRecord):
            meal = self.meals.get(record.origin_id)
            post.till.settle(done=meal is None or meal.taken_back)
        else:
            post.till.settle(done=record.charge_id in self.meals)

    def _finish(self, post: Post, line: LogLine, made_at: datetime | None) -> None:
        """What is durable was decided: the meal is handed over now, or its cash given back."""
        record = line.made.record
        if not line.done:
            return
        if isinstance(record, ChargeRecord):
            if record.charge_id not in self.meals and not line.kept:
                self._hand_over(post, record.charge_id, line.cash_fen, made_at=made_at)
        elif not record.void and not line.kept and record.charge_id not in self._given_back:
            meal = self.meals.get(record.origin_id)
            if meal is not None and not meal.taken_back:
                self._give_back(record.origin_id, record.charge_id, -meal.cash_fen)

    def _is_ready(self, post: Post) -> bool:
        """Whether the till can be used: room was made, and what was interrupted is settled."""
        if post.memory.is_full:
            if self.chance.random() < 0.5:
                return False
            post.memory.calm()
            self.restart(post)
        if post.till.interrupted is not None:
            self.restart(post)
        return True

    def jump(self, post: Post) -> None:
        """Somebody sets the device's clock, up to three days off."""
        post.clock.off = timedelta(hours=self.chance.choice((-72, -30, -3, 0, 0, 3, 30, 72)))

    def fill(self, post: Post) -> None:
        """The room on the device ends soon."""
        post.memory.full_in = self.chance.randrange(1, 6)

    def back_up(self, post: Post) -> None:
        """A copy of the storage is kept, with the number of records it holds."""
        post.backups.append((post.memory.data, post.shelf.pieces, len(post.till.state.lines)))

    def put_back(self, post: Post) -> None:
        """An older copy takes the place of the storage, once nothing newer waits to be sent.

        What only the destroyed storage knew would be lost in any design; whoever restores a till uploads first.
        """
        if not post.backups:
            return
        data, pieces, count = self.chance.choice(post.backups)
        ids = list(post.till.state.lines)
        open_line = post.till.state.open
        waiting = set(post.till.state.waiting) | ({open_line.record_id} if open_line else set())
        if waiting & set(ids[count:]):
            return
        post.memory.data, post.shelf.pieces = data, pieces
        post.backups = [one for one in post.backups if one[2] <= count]
        self.restart(post)

    # --- the end ----------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Everything is mended, every till reconnects, and what waits is sent."""
        self._true_now += timedelta(days=2)
        for post in self.posts.values():
            post.line.cuts.clear()
            post.memory.calm()
            self.restart(post)
            for _ in range(DRAINS):
                self.wait(60)
                if post.till.sync() and not post.till.state.waiting:
                    break
            if post.till.state.waiting:
                self.faults.append(
                    f"{post.device_id} could not send {len(post.till.state.waiting)}"
                )
        self._work_off()
