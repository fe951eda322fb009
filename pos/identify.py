"""Who stands at the till: by card, phone, look-up or order, or somebody who pays the full price."""

from dataclasses import dataclass
from datetime import datetime

from pos.card import KeyRing, code_version, read_card
from pos.desk import CardFact, Desk, Member, Refuse, Sale
from pos.errors import PosError
from pos.foreign_card import FOREIGN_DIGITS, read_foreign_card
from pos.kinds import Buyer, CardState, Identification, SeniorState
from pos.phone_code import PHONE_VERSION, read_phone_code
from pos.requests import ChargeRequest
from pos.rows import Who

GONE = frozenset({SeniorState.DECEASED, SeniorState.MOVED})


@dataclass(frozen=True, slots=True)
class Eater:
    """The person of a charge: ``member`` is None for everybody who pays the full price.

    ``doubt`` says why an offline till should not have served them (their card was revoked by then, say).
    """

    who: Who
    member: Member | None = None
    doubt: str = ""


def identify(sale: Sale, request: ChargeRequest, desk: Desk) -> Eater:
    """The person of a request.

    A till off line has handed the meal over already: whoever cannot be recognised, or has no right any more,
    is then an eater at the full price, with the reason.

    Raises:
        Refuse: on line, when the person cannot be recognised or must not be served.
        PosError: on line, a card that proves nothing.
    """
    try:
        return _known(sale, request, desk)
    except Refuse as refusal:
        if request.offline is None:
            raise
        return _stranger(request, refusal.code, desk.keys)
    except PosError as error:
        if request.offline is None:
            raise
        return _stranger(request, error.code, desk.keys)


def _stranger(request: ChargeRequest, doubt: str, keys: KeyRing) -> Eater:
    """A person an offline till took for entitled; the row keeps no name, and the card if it is ours."""
    if request.card_code is None:
        return Eater(Who(Buyer.GUEST, Identification.LOOK_UP), None, doubt)
    try:
        serial = read_card(request.card_code, keys).serial  # genuine: whose it was can be found
    except PosError:
        serial = None
    return Eater(Who(Buyer.GUEST, Identification.CARD, card_serial=serial), None, doubt)


def _known(sale: Sale, request: ChargeRequest, desk: Desk) -> Eater:
    if request.card_code is not None and request.senior_id is not None:
        raise Refuse("sale.two_identities")
    if request.card_code is not None:
        return _by_code(sale, request, request.card_code, desk)
    if request.senior_id is None:
        if request.buyer not in {Buyer.GUEST, Buyer.STAFF}:
            raise Refuse("sale.nobody_named")
        return Eater(Who(request.buyer))
    if request.order_id:
        how = Identification.ORDER
    elif request.found_by is None:
        how = Identification.LOOK_UP
    else:
        how = Identification(request.found_by)
    return _served(sale, request.senior_id, desk, how=how)


def _by_code(sale: Sale, request: ChargeRequest, code: str, desk: Desk) -> Eater:
    if len(code) == FOREIGN_DIGITS:
        read_foreign_card(code, desk.trusted, sale.day)
        return Eater(Who(Buyer.OTHER_COUNTY, Identification.FOREIGN_CARD))
    how = Identification.CARD
    if code_version(code) == PHONE_VERSION:
        card = read_phone_code(code, desk.keys, _phone_moment(sale, request, desk)).card
        how = Identification.PHONE_CODE
    else:
        card = read_card(code, desk.keys)
    fact = desk.cards.get((card.serial, card.issue_no))
    if fact is None:
        raise Refuse("sale.card_unknown", {"serial": card.serial})
    if _revoked(fact, sale.at, offline=request.offline is not None):
        raise Refuse("sale.card_revoked", {"serial": card.serial, "issue_no": card.issue_no})
    return _served(sale, fact.senior_id, desk, how=how, serial=fact.serial)


def _phone_moment(sale: Sale, request: ChargeRequest, desk: Desk) -> datetime:
    """On line the server's clock checks a phone code; a queued one is checked for the moment it was shown."""
    return desk.now if request.clock is None and request.offline is None else sale.at


def _revoked(fact: CardFact, at: datetime, *, offline: bool) -> bool:
    """A card revoked after an offline sale was good at that moment."""
    if fact.state is CardState.LIVE:
        return False
    return not (offline and fact.revoked_at is not None and at < fact.revoked_at)


def _served(
    sale: Sale, senior_id: str, desk: Desk, *, how: Identification, serial: str | None = None
) -> Eater:
    member = desk.members.get(senior_id)
    if member is None:
        raise Refuse("sale.senior_unknown")
    since = member.state_since
    if member.state in GONE and (since is None or since <= sale.day):
        raise Refuse(f"sale.senior_{member.state.lower()}")
    return Eater(Who(Buyer.SENIOR, how, senior_id, serial), member)
