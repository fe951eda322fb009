"""Driving times learned from past sheets: what was driven corrects what was assumed, pair by pair.

The sheets say when a stop was recorded, not when the van left the stop before; `legs_of_run` says what
can be concluded from that and what cannot. Everything that is not used is listed with its reason.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from routing.figures import check_whole
from routing.travel_layers import Leg, Pair

PRIOR_LEGS = 5
"""How many driven legs the assumed time is worth: after so many, assumption and median weigh alike."""

SLOWEST, FASTEST = 3, 3
"""A leg that took over 3 times the assumed time, or under a third of it, was not just driven."""

_DAY_S = 86_400

NO_DEPARTURE = "departure_not_recorded"
NOT_RECORDED = "not_recorded"
RECORDED_LATER = "recorded_on_another_day"
NOT_REACHED = "not_reached"
WAITED = "waited_for_window"
MISSING = "missing"
NOT_POSITIVE = "not_positive"
TOO_SLOW = "over_3_times_assumed"
TOO_FAST = "under_a_third_of_assumed"
NOT_ASSUMED = "nothing_assumed"
GIVEN = "given_by_county"


@dataclass(frozen=True, slots=True)
class DrivenLeg:
    """A leg of a past run: seconds driven, or None with the `reason` why nobody can know."""

    origin: str
    destination: str
    day: date
    seconds: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SheetStop:
    """A stop of a past run as its sheet came back.

    `recorded_s` (seconds after midnight of the run's day, so beyond 0..86,399 on another day) is when
    its outcome was recorded, None when it never was. `service_s` is what handing over takes there. `waited`: the van was planned to stand
    before the window opened.
    """

    place: str
    recorded_s: int | None
    service_s: int
    reached: bool = True
    waited: bool = False


@dataclass(frozen=True, slots=True)
class LearnedTime:
    """Seconds for a pair, from `legs` driven legs with their median, and the assumed seconds."""

    origin: str
    destination: str
    metres: int
    seconds: int
    assumed_s: int
    median_s: float
    legs: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned, by pair, and what was not used, each with its reason."""

    times: tuple[LearnedTime, ...]
    ignored: tuple[DrivenLeg, ...]


def legs_of_run(kitchen: str, stops: Sequence[SheetStop], day: date) -> list[DrivenLeg]:
    """The legs of one run, from the kitchen to its last stop, in order.

    An outcome is recorded when the meals are handed over, so from one record to the next the van has
    driven and handed over once: driven = recorded(b) - recorded(a) - service(b). The departure from
    the kitchen is recorded nowhere, and the way back neither: the first leg stays unknown.
    """
    legs = []
    before: SheetStop | None = None
    for stop in stops:
        origin = before.place if before else kitchen
        seconds, reason = _driven(before, stop)
        legs.append(DrivenLeg(origin, stop.place, day, seconds, reason))
        before = stop
    return legs


def _driven(before: SheetStop | None, stop: SheetStop) -> tuple[int | None, str]:
    if before is None:
        return None, NO_DEPARTURE
    if not (before.reached and stop.reached):
        return None, NOT_REACHED
    if before.recorded_s is None or stop.recorded_s is None:
        return None, NOT_RECORDED
    if not all(0 <= s < _DAY_S for s in (before.recorded_s, stop.recorded_s)):
        return None, RECORDED_LATER  # typed in from paper: the moment says nothing of the road
    if stop.waited:
        return None, WAITED
    return stop.recorded_s - before.recorded_s - stop.service_s, ""


def learn_times(
    legs: Iterable[DrivenLeg],
    assumed: Mapping[Pair, Leg],
    *,
    given: Collection[Pair] = (),
    prior_legs: int = PRIOR_LEGS,
) -> Learned:
    """The median of the driven times of every pair, drawn towards the assumed time.

    With n usable legs and k = `prior_legs`, the time is assumed + n / (n + k) x (median - assumed),
    rounded up: the credibility weight of Buehlmann 1967 (ASTIN Bulletin 4, 199-207), which is the
    empirical Bayes estimate for a mean (Efron and Morris 1975, JASA 70, 311-319); the median takes
    the mean's place because one stop in the sun spoils a mean. k is a fixed assumption. Directions
    are separate; metres stay the assumed ones.

    Args:
        legs: Driven legs in any order.
        assumed: What is believed without the sheets; a pair that is not in it, or cannot be driven
            there, is not learned.
        given: Pairs that the county has given itself; they are not learned.
        prior_legs: k, at least 1.

    Raises:
        NotWhole, OutOfRange: `prior_legs` is no whole number from 1 up.
    """
    check_whole("prior_legs", prior_legs, least=1)
    used: dict[Pair, list[int]] = defaultdict(list)
    ignored = []
    for leg in legs:
        pair = leg.origin, leg.destination
        reason = leg.reason or _implausible(leg, assumed.get(pair), is_given=pair in given)
        if reason or leg.seconds is None:
            ignored.append(DrivenLeg(*pair, leg.day, leg.seconds, reason))
        else:
            used[pair].append(leg.seconds)
    times = [
        _learned(pair, sorted(driven), assumed[pair], prior_legs) for pair, driven in used.items()
    ]
    ordered = sorted(times, key=lambda time: (time.origin, time.destination))
    return Learned(tuple(ordered), tuple(sorted(ignored, key=_by_day)))


def _by_day(leg: DrivenLeg) -> tuple[date, str, str, str, int]:
    return leg.day, leg.origin, leg.destination, leg.reason, leg.seconds or 0


def _implausible(leg: DrivenLeg, assumed: Leg | None, *, is_given: bool) -> str:
    """Why a leg cannot be used, or ""."""
    if leg.seconds is None:
        return MISSING
    if leg.seconds <= 0:
        return NOT_POSITIVE
    if is_given:
        return GIVEN
    if assumed is None or assumed.seconds is None:
        return NOT_ASSUMED
    if leg.seconds > SLOWEST * assumed.seconds:
        return TOO_SLOW
    return TOO_FAST if FASTEST * leg.seconds < assumed.seconds else ""


def _learned(pair: Pair, driven: Sequence[int], assumed: Leg, prior_legs: int) -> LearnedTime:
    """`driven` rises; whole numbers throughout, so that equal sheets give equal times anywhere."""
    base, count = assumed.seconds or 0, len(driven)
    twice_median = driven[(count - 1) // 2] + driven[count // 2]
    weight, of = count, 2 * (count + prior_legs)
    seconds = -(-(base * of + weight * (twice_median - 2 * base)) // of)
    return LearnedTime(
        *pair, metres=assumed.metres or 0, seconds=seconds, assumed_s=base,
        median_s=twice_median / 2, legs=count,
    )  # fmt: skip
