"""Files of `nuanzao route`: instances in, plan files in and out."""

import lzma
from collections.abc import Callable
from pathlib import Path

from api.commands.output import write_file
from api.failures import UnreadableFile
from routing.errors import MissingSection
from routing.formats import read_plan, read_problem
from routing.instances import read_rural, read_solomon, read_vrplib
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem

MOST_BYTES = 1 << 28
"""No problem of `MOST_STOPS` stops needs more; a packed file may promise any length."""


def read_instance(path: Path, customers: int | None = None) -> DeliveryProblem:
    """The problem of a file, by its ending: .json, .vrp or .txt (Solomon), each also packed (.xz).

    Raises:
        UnreadableFile: no such file, no text, too long, or an ending of another kind.
        RoutingError: the content cannot be used.
    """
    readers: dict[str, Callable[[str], DeliveryProblem]] = {
        ".json": _read_json,
        ".vrp": read_vrplib,
        ".txt": lambda text: read_solomon(text, stops=customers),
    }
    packed = path.suffix.lower() == ".xz"
    kind = Path(path.stem).suffix.lower() if packed else path.suffix.lower()
    if kind not in readers:
        raise UnreadableFile(
            str(path), "the name must end in .json, .vrp or .txt (or that and .xz)"
        )
    if customers is not None and kind != ".txt":
        raise UnreadableFile(str(path), "only a Solomon file (.txt) can be cut with --customers")
    return readers[kind](_read_text(path, packed=packed))


def _read_json(text: str) -> DeliveryProblem:
    return read_rural(text) if '"vehicle_boxes"' in text else read_problem(text)


def read_plan_file(path: Path) -> tuple[DeliveryProblem, DeliveryPlan]:
    """The plan of a file and the problem in it.

    Raises:
        UnreadableFile: no such file, no text, or too long.
        MissingSection: the plan stands without its problem.
        RoutingError: the content cannot be used.
    """
    problem, plan = read_plan(_read_text(path, packed=path.suffix.lower() == ".xz"))
    if problem is None:
        raise MissingSection(section="problem")
    return problem, plan


def read_text_file(path: Path) -> str:
    """The text of a file, unpacked if its name ends in .xz.

    Raises:
        UnreadableFile: no such file, no text, or too long.
    """
    return _read_text(path, packed=path.suffix.lower() == ".xz")


def _read_text(path: Path, *, packed: bool) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if packed:
            content = _unpacked(path, content)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise UnreadableFile(str(path), str(error)) from error
    if len(content) > MOST_BYTES:
        raise UnreadableFile(str(path), f"longer than {MOST_BYTES:,} bytes")
    return text


def _unpacked(path: Path, content: bytes) -> bytes:
    stream = lzma.LZMADecompressor()
    plain = stream.decompress(content, MOST_BYTES + 1)
    if len(plain) <= MOST_BYTES and (not stream.eof or stream.unused_data):
        raise UnreadableFile(
            str(path), "the packed file is cut off or has something behind its end"
        )
    return plain


def write_plan_file(path: Path, text: str) -> None:
    """Write the text of a plan, whole or not at all."""
    write_file(path.parent, path.name, text.encode("utf-8"))
