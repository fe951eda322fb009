"""What the forms of the kitchen's log say: pots, readings, remedies, samples, second rounds."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from api import clock
from api.day.cooking import AHEAD, MOST_TIMES, BatchRecord, record_batches
from api.day.menu import stored_book
from api.day.outcomes import sites_of_kitchen
from api.day.safety import Done, Reading, act, record_readings
from api.day.samples import SampleTaken, discard_sample, take_samples
from api.day.second_rounds import MoreMeals, ask_for_more, cancel_round, receive_more
from api.failures import BadRequest
from api.house import House
from api.pages.driver import tenths
from kitchen.day_tables import Batch
from kitchen.kinds import MealPeriod
from kitchen.safety import CheckKind, Remedy

MOST = 100_000
POT_FIELDS = ("made", "core", "at", "why", "grams")
LONGEST = 200
PLAIN_DC = (200, 1_150)
"""A pot that comes out of the kitchen has a core between 20 and 115 C: anything else was mistyped."""
EARLY_S = 3_600
"""A pot may be started so long before its time."""


@dataclass(frozen=True, slots=True)
class PotSlip:
    """A field of a pot that cannot be used: its name, and what was typed."""

    batch_id: str
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who fills in a form, for which kitchen and day, and when."""

    by: str
    kitchen_id: str
    day: date
    now: datetime


def whole(text: str, name: str, most: int = MOST) -> int | None:
    """A whole number from 0 up, full-width digits too; nothing for an empty text.

    Raises:
        BadRequest: it is no such number.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 9 and int(plain) <= most):
        raise BadRequest(name, text[:20])
    return int(plain)


def seconds(text: str) -> int | None:
    """``9:05`` as seconds after midnight; nothing for an empty text.

    Raises:
        BadRequest: no such time.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    hours, _, minutes = plain.partition(":")
    digits = hours + minutes
    if not (digits.isascii() and digits.isdecimal() and len(hours) <= 2 and len(minutes) == 2):
        raise BadRequest("time", text[:20])
    if int(hours) > 23 or int(minutes) > 59:
        raise BadRequest("time", text[:20])
    return int(hours) * 3600 + int(minutes) * 60


def save_pots(
    house: House, visitor: Visitor, pots: Mapping[str, Batch], data: Mapping[str, str]
) -> tuple[int, list[PotSlip]]:
    """Keep every pot that can be used, and its sample; (pots kept, what cannot be used)."""
    records, samples, slips = [], [], []
    for batch_id, pot in pots.items():
        typed = {name: data.get(f"{name}:{batch_id}", "").strip() for name in POT_FIELDS}
        if not any(typed.values()):
            continue
        read = _pot(pot, typed, visitor)
        # A page that was opened before somebody else wrote the pot down does not write over it.
        if data.get(f"was:{batch_id}", "") != said_of(pot) and not _says_the_same(pot, read):
            read = PotSlip(batch_id, "was", said_of(pot))
        if isinstance(read, PotSlip):
            slips.append(read)
            continue
        record, sample = read
        records.append(record)
        samples += [sample] if sample else []
    if records:
        with house.database.write(actor=visitor.by, action="kitchen.pots") as session:
            book = stored_book(session)
            record_batches(session, records, book=book, by=visitor.by, at=visitor.now)
            take_samples(session, visitor.kitchen_id, samples, by=visitor.by)
    return len(records), slips


def said_of(pot: Batch) -> str:
    """What a page knows of a pot when it is opened: "" while nobody has written it down."""
    if pot.made_portions is None:
        return ""
    return f"{pot.made_portions}/{pot.core_temp_dc}/{pot.finished_s}"


def _says_the_same(pot: Batch, read: tuple[BatchRecord, SampleTaken | None] | PotSlip) -> bool:
    if isinstance(read, PotSlip):
        return False
    said = read[0]
    return (said.made_portions, said.core_temp_dc) == (pot.made_portions, pot.core_temp_dc)


def _pot(
    pot: Batch, typed: Mapping[str, str], visitor: Visitor
) -> tuple[BatchRecord, SampleTaken | None] | PotSlip:
    """A row of the form; portions that are not typed are those planned, a time is the planned one or now."""
    field = "made"
    try:
        made = whole(typed["made"], field)
        field = "core"
        core = tenths(unicodedata.normalize("NFKC", typed["core"]))
        field = "at"
        at_s = seconds(typed["at"])
        field = "grams"
        grams = whole(typed["grams"], field, 5_000)
    except BadRequest:
        return PotSlip(pot.batch_id, field, typed[field])
    portions = pot.planned_portions if made is None else made
    now_s = clock.seconds(visitor.day, visitor.now)
    latest_s = now_s + int(AHEAD.total_seconds())
    measured = core is not None or pot.core_temp_dc is not None
    wrong = {
        "why": len(typed["why"]) > LONGEST
        or (portions < pot.planned_portions and not typed["why"]),
        "made": portions > MOST_TIMES * pot.planned_portions,
        "core": (portions > 0 and not measured)
        or (core is not None and not PLAIN_DC[0] <= core <= PLAIN_DC[1]),
        "at": at_s is not None and not pot.starts_s - EARLY_S <= at_s <= latest_s,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            return PotSlip(pot.batch_id, name, typed[name][:20])
    known_s = pot.ready_s if pot.finished_s is None else pot.finished_s
    ready_s = min(known_s, max(0, now_s)) if at_s is None else at_s
    record = BatchRecord(pot.batch_id, portions, core, typed["why"], ready_s)
    if not grams:
        return record, None
    return record, SampleTaken(pot.batch_id, grams, "留样冰箱", clock.at(visitor.day, ready_s))


def save_other(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    """Keep what one of the smaller forms says, as its button names it.

    Raises:
        BadRequest: no such button, or a field that cannot be used.
        ApiError: see the functions behind the forms.
    """
    forms = {
        "check": _check, "action": _action, "discard": _discard, "more": _more,
        "received": _received, "cancel": _cancel,
    }  # fmt: skip
    name = data.get("act", "")
    if name not in forms:
        raise BadRequest("act", name[:20])
    forms[name](session, visitor, data)


def _text(data: Mapping[str, str], name: str) -> str:
    text = data.get(name, "").strip()
    if len(text) > LONGEST:
        raise BadRequest(name, text[:20])
    return text


def _check(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    kind = data.get("kind", "")
    if kind not in CheckKind.__members__:
        raise BadRequest("kind", kind[:20])
    temp = tenths(unicodedata.normalize("NFKC", data.get("temp_c", "")))
    if temp is None:
        raise BadRequest("temp_c", "")
    at_s = seconds(data.get("at", ""))
    moment = visitor.now if at_s is None else clock.at(visitor.day, at_s)
    subject = _text(data, "store") if kind in {"FRIDGE", "FREEZER"} else _text(data, "subject")
    reading = Reading(
        _id(data), CheckKind(kind), subject, temp, moment, _text(data, "note")
    )  # fmt: skip
    record_readings(
        session, visitor.kitchen_id, visitor.day, [reading], by=visitor.by, now=visitor.now
    )


def _id(data: Mapping[str, str]) -> str:
    """The id the page gave the form: the same form sent twice is one record."""
    key = _text(data, "form_id")
    if not key.replace("-", "").isalnum():
        raise BadRequest("form_id", key[:20])
    return key


def _action(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    remedy = data.get("remedy", "")
    if remedy not in Remedy.__members__:
        raise BadRequest("remedy", remedy[:20])
    portions = whole(data.get("portions", ""), "portions") or 0
    done = Done(Remedy(remedy), _text(data, "note"), visitor.by, visitor.now, portions)
    key = _text(data, "code"), _text(data, "subject")
    act(session, visitor.kitchen_id, visitor.day, key, done)


def _discard(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    sample_id = _text(data, "sample_id")
    discard_sample(
        session, visitor.kitchen_id, sample_id, early=data.get("early") == "1", by=visitor.by,
        now=visitor.now,
    )  # fmt: skip


def _more(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    site_id, _, period = _text(data, "meal").rpartition(":")
    if period not in MealPeriod.__members__:
        raise BadRequest("meal", period)
    at_s = min(max(0, clock.seconds(visitor.day, visitor.now)), 86_399)
    said = MoreMeals(
        _id(data), site_id, visitor.day, MealPeriod(period),
        whole(data.get("meals", ""), "meals") or 0, at_s,
    )  # fmt: skip
    ask_for_more(session, said, by=visitor.by, now=visitor.now)


def _cancel(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    cancel_round(session, visitor.kitchen_id, _text(data, "round_id"))


def _received(session: Session, visitor: Visitor, data: Mapping[str, str]) -> None:
    received = whole(data.get("received", ""), "received")
    if received is None:
        raise BadRequest("received", "")
    own = frozenset(sites_of_kitchen(session, visitor.kitchen_id))
    receive_more(session, _text(data, "round_id"), received, site_ids=own)
