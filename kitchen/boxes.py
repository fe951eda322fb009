"""Which meals go into which insulated box of one site, so that diets are found in few boxes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kitchen.production_values import PackLine

STANDARD = ""


@dataclass(frozen=True, slots=True)
class Box:
    """An insulated box of one site; ``meals`` are portions by variant, the standard one last."""

    number: int
    meals: tuple[tuple[str, int], ...]


def pack_boxes(lines: Sequence[PackLine], meals_per_box: int) -> tuple[Box, ...]:
    """Put the meals of one site into boxes numbered from 1, those with special variants first.

    There are ``ceil(portions / meals_per_box)`` boxes, as many as ``kitchen.dispatch.boxes_for`` plans for, none of
    them empty. First-fit decreasing puts special variants in whole; only what then fits no box is split, into the
    roomiest boxes; standard meals fill the rest. Always fewer variants are split than there are boxes, for each of
    them is larger than the room left in any box. Up to four special variants none is split in vain, and if none is
    split they stand in the fewest boxes (the tests try every case of small boxes). With more of them that is nearly
    always so, but not promised: first-fit decreasing takes up to 11/9 of the fewest boxes + 6/9 (Dosa 2007).

    Args:
        lines: portions by variant, none below zero (``plan_production`` lists those); equal variants add up.
        meals_per_box: at least 1, as ``KitchenSetting`` holds.
    """
    wanted: Counter[str] = Counter()
    for line in lines:
        if line.portions:
            wanted[line.variant] += line.portions
    inside: list[Counter[str]] = [Counter() for _ in range(-(-wanted.total() // meals_per_box))]
    standard = wanted.pop(STANDARD, 0)
    left_over = []
    for variant, portions in sorted(wanted.items(), key=lambda item: (-item[1], item[0])):
        box = _first_with_room(inside, portions, meals_per_box)
        if box is None:
            left_over.append((variant, portions))
        else:
            box[variant] = portions
    for variant, portions in [*left_over, (STANDARD, standard)]:
        _spread(inside, variant, portions, meals_per_box)
    return tuple(
        Box(number, tuple(sorted(box.items(), key=lambda item: (item[0] == STANDARD, item[0]))))
        for number, box in enumerate(inside, start=1)
    )


def _first_with_room(
    inside: Sequence[Counter[str]], portions: int, meals_per_box: int
) -> Counter[str] | None:
    return next((box for box in inside if box.total() + portions <= meals_per_box), None)


def _spread(
    inside: Sequence[Counter[str]], variant: str, portions: int, meals_per_box: int
) -> None:
    """Fill the roomiest boxes until one holds the rest: few pieces, and no box opened in vain."""
    while portions > 0:
        box = _first_with_room(inside, portions, meals_per_box)
        if box is None:
            box = min(inside, key=Counter.total)
        put = min(portions, meals_per_box - box.total())
        box[variant] += put
        portions -= put
