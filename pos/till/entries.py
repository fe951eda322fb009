"""What stands in a till's log, one entry after another; nothing is ever changed."""

from datetime import date, datetime

import msgspec

from pos.till.ports import Answer, Record


class Reckoned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an off-line till reckoned for a meal (fen); ``reason`` says why it asked for the full price."""

    due_fen: int
    cash_fen: int
    purse_fen: int = 0
    subsidy_fen: int = 0
    plan_fen: int = 0
    reason: str = ""


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="made"):
    """A record was made. ``card`` names the card as a card list does, ``day`` is the business day by the till.

    ``closes`` is an earlier record that is not waited for any more; ``tries`` counts issues of one meal.
    """

    record: Record
    day: date
    card: str = ""
    reckoned: Reckoned | None = None
    closes: str = ""
    tries: int = 1


class Dropped(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="dropped"):
    """A record never left the till."""

    charge_id: str


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="kept"):
    """A record whose answer was lost is to be sent again as it is: a person said that it was carried out."""

    charge_id: str


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="answered"):
    """The server's answer to a record."""

    answer: Answer


class Began(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="epoch"):
    """A new epoch: counters begin at 1."""

    epoch: int


class Synced(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="synced"):
    """The server told its time."""

    server_at: datetime


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="listed"):
    """A card list was taken."""

    seq: int


Entry = Made | Dropped | Kept | Answered | Began | Synced | Listed
