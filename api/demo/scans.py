"""What the tills of one meal send, with the oddities that every real day has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from api import clock
from api.demo.draws import Draws, rank, token
from api.demo.recorder import HANDED_OVER, SERVING_HOURS, eat_in_orders, home_orders
from api.demo.records import DayOrder, Diner, DoorRecord, MissedOrder, ScanRecord, SiteMealDay
from pos.requests import BasketItem, ChargeRequest

_GUEST_SHARE = 0.04
_ORDER_KEPT = 0.95
_LOOK_UP_S = 25


class Oddity(StrEnum):
    """What may be planted into a till's meal; none of it loses or doubles a meal."""

    UNREADABLE = "UNREADABLE"
    """A worn card: the scan is refused, the person is looked up."""
    REVOKED = "REVOKED"
    """An old card: the scan is refused, the new card is found in the other pocket."""
    SECOND_MEAL = "SECOND_MEAL"
    """One card twice in a meal: the second meal is handed over too, at the full price."""
    REPEATED = "REPEATED"
    """The till sends one request again, word for word."""


# One site in so many has the oddity, and at least one site where any can.
_ONE_IN = {
    Oddity.UNREADABLE: 12,
    Oddity.REVOKED: 20,
    Oddity.SECOND_MEAL: 25,
    Oddity.REPEATED: 10,
}


@dataclass(frozen=True, slots=True)
class _Guest:
    """Somebody below 60, or from elsewhere, without a card."""


_Eater = Diner | DayOrder | _Guest


def record_scans(seed: int, sites: Sequence[SiteMealDay]) -> tuple[ScanRecord, ...]:
    """What each site's till sent for one meal of a day, in the order of ``sites``.

    Requests stand in time order within the serving hours. Orders eaten in come with their ``order_id``;
    one in twenty is missed. Walk-ins get what is left beside the orders; who comes later is turned away.
    Charge ids depend on the seed, day, device, epoch and counter only.
    """
    sites = [_without_order_holders(site) for site in sites]
    planted = _planted(seed, sites)
    return tuple(_scan(seed, site, planted[site.site_id]) for site in sites)


def record_door_charges(
    seed: int, site: SiteMealDay, doors: Sequence[DoorRecord], *, first_counter: int
) -> tuple[ChargeRequest, ...]:
    """One charge for each meal handed over at a door, when the round is back at the site's till.

    The person is known by the order, so no card is shown. ``first_counter`` is ``next_counter`` of the scans.
    """
    back_s = max((door.recorded_s for door in doors), default=0)
    till = _Till(seed, site, first_counter)
    for door in doors:
        if door.outcome in HANDED_OVER:
            back_s += 10
            till.charge(back_s, senior_id=door.senior_id, order_id=door.order_id, home=True)
    return tuple(till.requests)


def _without_order_holders(site: SiteMealDay) -> SiteMealDay:
    """Who has ordered a meal does not walk in for another one."""
    holders = {order.senior_id for order in site.orders}
    return replace(site, diners=tuple(d for d in site.diners if d.senior_id not in holders))


def _planted(seed: int, sites: Sequence[SiteMealDay]) -> Mapping[str, frozenset[Oddity]]:
    found: dict[str, set[Oddity]] = {site.site_id: set() for site in sites}
    for oddity, one_in in _ONE_IN.items():
        fit = sorted(
            (site for site in sites if _can(site, oddity)),
            key=lambda site: rank(seed, f"{oddity} {site.day} {site.period}", site.site_id),
        )
        for site in fit[: max(1, len(fit) // one_in)]:
            found[site.site_id].add(oddity)
    return {site_id: frozenset(oddities) for site_id, oddities in found.items()}


def _can(site: SiteMealDay, oddity: Oddity) -> bool:
    """Whether the site's meal has what an oddity needs."""
    walk_ins = min(site.demand, _walk_in_portions(site))
    if oddity is Oddity.REVOKED:
        return any(diner.old_card_code for diner in site.diners) and walk_ins > 0
    with_card = any(diner.card_code for diner in site.diners)
    if oddity is Oddity.SECOND_MEAL:
        return with_card and site.demand < _walk_in_portions(site) and walk_ins > 0
    return with_card and walk_ins > 0


def _walk_in_portions(site: SiteMealDay) -> int:
    """Meals that nobody has ordered."""
    return max(0, site.received - len(site.orders))


class _Till:
    """A till that numbers what it sends."""

    def __init__(self, seed: int, site: SiteMealDay, first_counter: int) -> None:
        self.seed, self.site, self.counter = seed, site, first_counter
        self.requests: list[ChargeRequest] = []
        self._basket = (BasketItem(name="套餐", category="set", unit_price_fen=site.set_price_fen),)

    def charge(
        self,
        at_s: int,
        *,
        card_code: str | None = None,
        senior_id: str | None = None,
        order_id: str | None = None,
        home: bool = False,
    ) -> None:
        """One new request, with the next counter."""
        site = self.site
        parts = (site.day.toordinal(), site.device_id, site.epoch, self.counter)
        request = ChargeRequest(
            charge_id=token(16, self.seed, "charge", *parts),
            device_id=site.device_id,
            epoch=site.epoch,
            counter=self.counter,
            occurred_at=self._moment(at_s),
            period=site.period,
            basket=self._basket,
            card_code=card_code,
            senior_id=senior_id,
            order_id=order_id,
            home_delivery=home,
        )
        self.counter += 1
        self.requests.append(request)

    def _moment(self, at_s: int) -> datetime:
        return clock.at(self.site.day, at_s)

    def repeat(self) -> None:
        """Send the newest request once more, unchanged."""
        self.requests.append(self.requests[-1])


def _scan(seed: int, site: SiteMealDay, oddities: frozenset[Oddity]) -> ScanRecord:
    draws = Draws(seed, "scan", site.site_id, site.day.toordinal(), site.period.value)
    came, missed = _order_comers(site, draws)
    served = min(site.demand, _walk_in_portions(site))
    eaters = draws.sample([*_walk_ins(site, served, draws, oddities), *came], served + len(came))
    till = _Till(seed, site, site.first_counter)
    moments = _moments(site, len(eaters), draws)
    second = _send(till, list(zip(moments, eaters, strict=True)), oddities)
    return ScanRecord(
        site_id=site.site_id,
        requests=tuple(till.requests),
        meals=len(eaters) + second,
        turned_away=site.demand - served + sum(m.reason == "sold_out" for m in missed),
        sold_out_at_s=moments[-1] if moments and site.demand > served else None,
        missed=tuple(missed),
        next_counter=till.counter,
    )


def _order_comers(site: SiteMealDay, draws: Draws) -> tuple[list[DayOrder], list[MissedOrder]]:
    """Who comes for an ordered meal, and who does not or comes in vain."""
    portions = max(0, site.received - len(home_orders(site)))
    came: list[DayOrder] = []
    missed: list[MissedOrder] = []
    for at, order in enumerate(eat_in_orders(site)):
        if not draws.chance(_ORDER_KEPT):
            missed.append(MissedOrder(order.order_id, "not_come"))
        elif at >= portions:
            missed.append(MissedOrder(order.order_id, "sold_out"))
        else:
            came.append(order)
    return came, missed


def _walk_ins(
    site: SiteMealDay, served: int, draws: Draws, oddities: frozenset[Oddity]
) -> Iterator[_Eater]:
    """Seniors in drawn order, then guests; with an old card to show, its owner is among them."""
    guests = sum(draws.chance(_GUEST_SHARE) for _one in range(served))
    seniors = draws.sample(site.diners, len(site.diners))
    if Oddity.REVOKED in oddities:
        seniors.sort(key=lambda diner: diner.old_card_code is None)
    elif oddities:
        seniors.sort(key=lambda diner: diner.card_code is None)
    taken = seniors[: max(served - guests, min(served, 1))]
    yield from taken
    for _guest in range(served - len(taken)):
        yield _Guest()


def _moments(site: SiteMealDay, count: int, draws: Draws) -> list[int]:
    """When people reach the till (seconds after midnight), earlier hours being fuller."""
    first_s, last_s = SERVING_HOURS[site.period]
    room = last_s - first_s - 2 * _LOOK_UP_S
    return sorted(first_s + int(room * draws.unit() ** 1.5) for _one in range(count))


def _send(till: _Till, comers: Sequence[tuple[int, _Eater]], oddities: frozenset[Oddity]) -> int:
    """Send every comer's requests in time order; the number of second meals."""
    left = set(oddities)
    events = [(at_s, eater, _oddity_of(eater, left)) for at_s, eater in comers]
    second = [
        (at_s + _LOOK_UP_S, eater, None) for at_s, eater, odd in events if odd is Oddity.SECOND_MEAL
    ]
    sent_s = 0
    for at_s, eater, odd in sorted([*events, *second], key=lambda event: event[0]):
        sent_s = _serve(till, max(at_s, sent_s), eater, odd)
    return len(second)


def _oddity_of(eater: _Eater, left: set[Oddity]) -> Oddity | None:
    """The first oddity that this comer can show; each happens once at a till."""
    if not isinstance(eater, Diner) or eater.card_code is None:
        return None
    fit = [
        oddity for oddity in sorted(left) if (oddity is Oddity.REVOKED) == bool(eater.old_card_code)
    ]
    if not fit:
        return None
    left.discard(fit[0])
    return fit[0]


def _serve(till: _Till, at_s: int, eater: _Eater, odd: Oddity | None) -> int:
    """One comer at the till; the moment of the last request."""
    if isinstance(eater, _Guest):
        till.charge(at_s)
        return at_s
    order_id = eater.order_id if isinstance(eater, DayOrder) else None
    if odd in {Oddity.UNREADABLE, Oddity.REVOKED} and isinstance(eater, Diner):
        at_s = _refused_first(till, at_s, eater, odd)
    shows_card = eater.card_code if odd is not Oddity.UNREADABLE else None
    senior_id = None if shows_card else eater.senior_id
    till.charge(at_s, card_code=shows_card, senior_id=senior_id, order_id=order_id)
    if odd is Oddity.REPEATED:
        till.repeat()
    return at_s


def _refused_first(till: _Till, at_s: int, diner: Diner, odd: Oddity | None) -> int:
    """A scan that will be refused, and when the next try is made."""
    code = diner.old_card_code if odd is Oddity.REVOKED else _worn(diner.card_code or "")
    till.charge(at_s, card_code=code)
    return at_s + _LOOK_UP_S


def _worn(code: str) -> str:
    """The code with its last digit misread."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
