"""What can go wrong while drawing: one base class, one dotted code a class, typed fields, no sentences."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(eq=False)
class PrintingError(Exception):
    """Base of every refusal of this package."""

    code: ClassVar[str] = "printing.error"


@dataclass(eq=False)
class TotalMismatch(PrintingError):
    """A total given with the values is not the sum of its lines."""

    code: ClassVar[str] = "printing.total_mismatch"
    total: str
    given: int
    summed: int


@dataclass(eq=False)
class ColumnMismatch(PrintingError):
    """A line carries another number of cells than its sheet has columns."""

    code: ClassVar[str] = "printing.column_mismatch"
    line: str
    expected: int
    given: int


@dataclass(eq=False)
class WrongOrder(PrintingError):
    """The stops of a route sheet do not stand in rising, unrepeated sequence."""

    code: ClassVar[str] = "printing.wrong_order"
    sequences: tuple[int, ...]


@dataclass(eq=False)
class DoesNotFit(PrintingError):
    """A text that may not be shortened (an allergen, a diet word) has no room at its smallest size."""

    code: ClassVar[str] = "printing.does_not_fit"
    text: str


@dataclass(eq=False)
class BadCardCode(PrintingError):
    """A card code is not exactly 49 decimal digits."""

    code: ClassVar[str] = "printing.bad_card_code"
    length: int


@dataclass(eq=False)
class QrTooLong(PrintingError):
    """A text is longer than the QR code that was allowed for it."""

    code: ClassVar[str] = "printing.qr_too_long"
    length: int
    level: str


@dataclass(eq=False)
class FontMissing(PrintingError):
    """A font file named in the font list cannot be read as a font."""

    code: ClassVar[str] = "printing.font_missing"
    path: Path


@dataclass(eq=False)
class NothingToPrint(PrintingError):
    """A print was asked for with no label, card or stop in it."""

    code: ClassVar[str] = "printing.nothing_to_print"
    sheet: str


@dataclass(eq=False)
class NaiveTime(PrintingError):
    """`made_at` has no time zone, so the same sheet could print two different hours."""

    code: ClassVar[str] = "printing.naive_time"
    field: str
