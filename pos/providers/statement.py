"""A provider's statement file as frozen values: what every adapter reads it into.

Nothing of a file is dropped: a line stands in ``lines`` or, with its reason, in ``refused``; what the file says of
its own sums stands in ``totals`` beside what its lines give.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from pos.kinds import Provider


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Money that the provider says it moved.

    ``reference`` is the provider's own number of this movement (of the refund, when it is one), ``origin`` that of
    the payment a refund gives back. ``amount_fen`` is what the payer paid (below zero: given back), ``received_fen``
    what of it is credited before fees, ``fee_fen`` what the provider keeps (below zero: a fee given back).
    ``moment`` is aware, ``day`` the day in Asia/Shanghai; ``kind`` is the file's own word.
    """

    line_no: int
    reference: str
    amount_fen: int
    received_fen: int
    fee_fen: int
    moment: datetime
    kind: str
    origin: str = ""

    @property
    def day(self) -> date:
        """The day the file gives: its moments are written in Asia/Shanghai."""
        return self.moment.date()


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line (counted from 1) that cannot be used: the fault, its column and what stands there."""

    line_no: int
    fault: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Total:
    """A sum the file states, and what its usable lines give: fen, or a count when ``is_count``."""

    name: str
    stated: int
    found: int
    is_count: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One file. ``first_day``..``last_day`` is the span it covers, None when neither it nor a line says so.

    ``totals_missing``: the format ends with sums and this file does not, so it may have been cut off.
    """

    provider: Provider
    name: str
    sha256: str
    lines: tuple[StatementLine, ...]
    refused: tuple[RefusedLine, ...]
    totals: tuple[Total, ...]
    totals_missing: bool
    first_day: date | None
    last_day: date | None


class ProviderAdapter(Protocol):
    """Reads one provider's file format; holds no state."""

    provider: Provider

    def read_statement(self, data: bytes, name: str) -> Statement:
        """The file's lines, refused lines and totals.

        Args:
            data: the file as it was delivered.
            name: its name, without folders; some formats carry their day only there.

        Raises:
            StatementUnreadable: the file as a whole is not of this format.
        """
        ...
