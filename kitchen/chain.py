"""The conservation chain: every meal that leaves between two links leaves by a named leak.

    ordered -> planned -> cooked -> loaded -> received -> served -> charged

Each link's quantity is counted from its own records (never from the link before), so the chain can break;
``breaks`` says where and by how many meals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

LINKS = ("ordered", "planned", "cooked", "loaded", "received", "served", "charged")


@dataclass(frozen=True, slots=True)
class Leaked:
    """``quantity`` meals that left just before a link, for ``reason``."""

    reason: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Link:
    """One count of the day's meals, and what left between the link before and this one."""

    link: str
    quantity: int
    leaks: tuple[Leaked, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """``unexplained`` meals are missing (positive) or too many (negative) at ``link``."""

    link: str
    expected: int
    found: int
    unexplained: int


def build(counts: Mapping[str, int], leaks: Iterable[tuple[str, str, int]]) -> tuple[Link, ...]:
    """The chain from each link's count and from (link, reason, quantity) leaks, reasons added up.

    Raises:
        KeyError: when a count is missing or a leak names no link.
    """
    sums: dict[str, dict[str, int]] = {name: {} for name in LINKS}
    for link, reason, quantity in leaks:
        sums[link][reason] = sums[link].get(reason, 0) + quantity
    return tuple(
        Link(name, counts[name], tuple(Leaked(r, q) for r, q in sorted(sums[name].items())))
        for name in LINKS
    )


def breaks(links: Sequence[Link]) -> list[ChainBreak]:
    """Every link that is not the one before it minus its named leaks; empty when the chain holds."""
    found = []
    if links and links[0].leaks:
        leaked = sum(leak.quantity for leak in links[0].leaks)
        found.append(ChainBreak(links[0].link, links[0].quantity, links[0].quantity, leaked))
    for before, link in pairwise(links):
        expected = before.quantity - sum(leak.quantity for leak in link.leaks)
        if expected != link.quantity:
            found.append(ChainBreak(link.link, expected, link.quantity, expected - link.quantity))
    return found
