"""A provider asked about one payment, and told to give money back; and one that answers from records.

``RecordedGateway`` is for a county whose provider delivers a daily file and nothing else: it knows what the files and
its own records say, and it writes down the refunds that somebody has to carry out at the provider. It reaches no
network and says so: a refund is REFUND_WANTED until a statement shows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from pos.errors import GatewayRecordsInvalid, GatewayRefundRefused
from pos.kinds import Provider
from pos.providers.statement import Statement
from pos.requests import Id


class GatewayState(StrEnum):
    """UNKNOWN: the provider has nothing under this reference (as far as its answers reach)."""

    PAID = "PAID"
    REFUND_WANTED = "REFUND_WANTED"
    REFUNDED = "REFUNDED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """What the provider says of a reference: fen (below zero: given back; 0 when unknown), and its state."""

    amount_fen: int
    state: GatewayState


class Gateway(Protocol):
    """A provider that can be asked."""

    def query(self, reference: str) -> GatewayAnswer:
        """What became of a payment or refund."""
        ...

    def refund(self, reference: str, refund_reference: str, amount_fen: int) -> GatewayAnswer:
        """Give back ``amount_fen`` (above zero) of a payment; the same call again changes nothing.

        Raises:
            GatewayRefundRefused: no such payment, more than is left of it, or another refund has this reference.
        """
        ...


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recorded movement: a payment, or a refund of ``origin`` (``amount_fen`` is above zero in both)."""

    reference: Id
    amount_fen: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
    origin: Id | None = None
    done: bool = True


class Records(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: what one provider has answered, and which refunds it still has to be told (``done`` false)."""

    provider: Provider
    movements: Annotated[tuple[Recorded, ...], msgspec.Meta(max_length=1_000_000)] = ()


class RecordedGateway:
    """Answers from records; ``records()`` is what to store after a refund was asked for."""

    def __init__(self, records: Records) -> None:
        self.provider = records.provider
        self._movements: dict[str, Recorded] = {}
        self._back_fen: dict[str, int] = {}
        for movement in records.movements:
            if movement.reference in self._movements:
                raise GatewayRecordsInvalid(f"reference twice: {movement.reference}")
            self._enter(movement)

    @classmethod
    def read(cls, data: bytes) -> "RecordedGateway":
        """From the JSON text of ``Records``.

        Raises:
            GatewayRecordsInvalid: no such JSON, or one reference twice.
        """
        try:
            return cls(msgspec.json.decode(data, type=Records))
        except msgspec.MsgspecError as fault:
            raise GatewayRecordsInvalid(str(fault)) from None

    def learn(self, statement: Statement) -> int:
        """Take over what a statement shows, and mark wanted refunds that it shows as done; how many were new.

        Raises:
            GatewayRecordsInvalid: a statement of another provider, or one that contradicts the records.
        """
        if statement.provider is not self.provider:
            raise GatewayRecordsInvalid(f"statement of {statement.provider}")
        shown = list(_movements(statement))
        for movement in shown:
            held = self._movements.get(movement.reference)
            if held is not None and not _same(held, movement):
                raise GatewayRecordsInvalid(f"statement contradicts {movement.reference}")
        return sum(self._learn(movement) for movement in shown)

    def query(self, reference: str) -> GatewayAnswer:
        """See ``Gateway``."""
        found = self._movements.get(reference)
        if found is None:
            return GatewayAnswer(0, GatewayState.UNKNOWN)
        if found.origin is None:
            return GatewayAnswer(found.amount_fen, GatewayState.PAID)
        state = GatewayState.REFUNDED if found.done else GatewayState.REFUND_WANTED
        return GatewayAnswer(-found.amount_fen, state)

    def refund(self, reference: str, refund_reference: str, amount_fen: int) -> GatewayAnswer:
        """See ``Gateway``; the refund is written down as wanted, nobody is told by this program."""
        wanted = _wanted(reference, refund_reference, amount_fen)
        held = self._movements.get(refund_reference)
        if held is not None:
            if not _same(held, wanted):
                raise GatewayRefundRefused(reference, refund_reference, "reference_used")
            return self.query(refund_reference)
        paid = self._movements.get(reference)
        if paid is None or paid.origin is not None:
            raise GatewayRefundRefused(reference, refund_reference, "not_paid")
        left_fen = paid.amount_fen - self._back_fen.get(reference, 0)
        if amount_fen > left_fen:
            raise GatewayRefundRefused(reference, refund_reference, "too_much")
        self._enter(wanted)
        return self.query(refund_reference)

    def records(self) -> bytes:
        """Everything known, as JSON that ``read`` takes back."""
        return msgspec.json.encode(Records(self.provider, tuple(self._movements.values())))

    def _learn(self, movement: Recorded) -> bool:
        if movement.reference not in self._movements:
            self._enter(movement)
            return True
        self._movements[movement.reference] = movement
        return False

    def _enter(self, movement: Recorded) -> None:
        self._movements[movement.reference] = movement
        if movement.origin is not None:
            back = self._back_fen.get(movement.origin, 0)
            self._back_fen[movement.origin] = back + movement.amount_fen


def _same(held: Recorded, other: Recorded) -> bool:
    return (held.origin, held.amount_fen) == (other.origin, other.amount_fen)


def _wanted(reference: str, refund_reference: str, amount_fen: int) -> Recorded:
    said = {
        "reference": refund_reference, "amount_fen": amount_fen, "origin": reference, "done": False,
    }  # fmt: skip
    try:
        return msgspec.convert(said, Recorded)
    except msgspec.ValidationError:
        raise GatewayRefundRefused(reference, refund_reference, "malformed") from None


def _movements(statement: Statement) -> Iterator[Recorded]:
    seen: set[str] = set()
    for line in statement.lines:
        if (
            line.reference not in seen
        ):  # a repetition is the settlement's finding, not a second movement
            seen.add(line.reference)
            yield Recorded(line.reference, abs(line.amount_fen), line.origin or None)
