"""What a day of a scenario is going to bring: meals, faults at tills, news for the register."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from api.simulation.county import Elder
from api.simulation.faults import Odds
from api.simulation.register import Register
from kitchen.kinds import MealPeriod

SERVED_AT = {MealPeriod.LUNCH: (10.5, 12.5), MealPeriod.SUPPER: (16.5, 18.0)}
"""Hours between which people eat."""
OPENS = 9.5


class Planned(Protocol):
    """What a plan needs of the world."""

    chance: random.Random
    odds: Odds
    posts: dict[str, Any]
    people: list[Elder]
    register: Register

    def now(self) -> datetime:
        """The true time."""

    def hour(self, day: int, hour: float) -> datetime:
        """An hour of a day, as a moment."""

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Let something happen at a moment."""

    def visit(self, elder: Elder | None, period: MealPeriod) -> None:
        """Somebody comes for a meal."""

    def talk(self, post: Any) -> None:
        """A till greets and uploads."""

    def restart(self, post: Any) -> None:
        """A till begins anew."""

    def jump(self, post: Any) -> None:
        """A till's wall clock is set."""

    def fill(self, post: Any) -> None:
        """A till's storage gets full."""

    def back_up(self, post: Any) -> None:
        """A till's storage is copied."""

    def put_back(self, post: Any) -> None:
        """A copy takes the storage's place."""


def plan_day(world: Planned, day: int) -> None:
    """Everything of one day, by the scenario's chance and odds."""
    for post in world.posts.values():
        if world.chance.random() < 0.85:
            opening = world.hour(day, OPENS + world.chance.random())
            world.at(opening, partial(world.talk, post))
        _plan_faults(world, post, day)
    for elder in world.people:
        _plan_meals(world, elder, day)
    for _guest in range(world.chance.randrange(0, 4)):
        _plan_visit(world, None, day, period=MealPeriod.LUNCH)
    _plan_register(world, day)


def _plan_meals(world: Planned, elder: Elder, day: int) -> None:
    chance = world.chance
    if chance.random() < 0.45:
        _plan_visit(world, elder, day, period=MealPeriod.LUNCH)
        if chance.random() < 0.2:
            _plan_visit(world, elder, day, period=MealPeriod.LUNCH)
    if chance.random() < 0.15:
        _plan_visit(world, elder, day, period=MealPeriod.SUPPER)


def _plan_visit(world: Planned, elder: Elder | None, day: int, *, period: MealPeriod) -> None:
    start, end = SERVED_AT[period]
    moment = world.hour(day, world.chance.uniform(start, end))
    world.at(moment, partial(world.visit, elder, period))


def _plan_faults(world: Planned, post: Any, day: int) -> None:
    chance, odds = world.chance, world.odds
    plans: tuple[tuple[float, Callable[[Any], None]], ...] = (
        (odds.reboot, world.restart), (odds.restore, world.back_up),
        (odds.restore, world.put_back), (odds.wall, world.jump), (odds.full, world.fill),
    )  # fmt: skip
    for likely, act in plans:
        if chance.random() < 3 * likely:
            world.at(world.hour(day, chance.uniform(9, 18)), partial(act, post))
    if chance.random() < 3 * odds.cut:
        start = world.hour(day, chance.uniform(9, 17))
        length = timedelta(hours=chance.choice((0.2, 1, 3, 30)))
        post.line.cuts.append((start, start + length))


def _plan_register(world: Planned, day: int) -> None:
    chance, odds, register = world.chance, world.odds, world.register
    elder = chance.choice(world.people)
    if chance.random() < 3 * odds.death:
        moment, back = world.hour(day, chance.uniform(9, 18)), chance.choice((0, 0, 1))
        world.at(moment, lambda: register.record_death(elder, world.now(), days_ago=back))
    if chance.random() < 3 * odds.card_lost:
        other = chance.choice(world.people)
        moment = world.hour(day, chance.uniform(9, 12))
        world.at(moment, lambda: register.reissue(other, world.now()))
    if chance.random() < odds.rotate:
        world.at(world.hour(day, chance.uniform(9, 18)), register.rotate_keys)
