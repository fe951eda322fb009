"""What goes into which insulated box: packing lists box by box, and a label for every box."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import Session

from api.labels import diet
from api.printouts.facts import DayFacts, Key
from api.printouts.routes import route_name
from api.printouts.words import clock_time
from kitchen import production_values
from kitchen.boxes import Box, pack_boxes
from kitchen.day_tables import PackLine
from kitchen.kinds import MealPeriod
from kitchen.tables import KitchenSetup
from printing import sheets


def packing_lists(session: Session, facts: DayFacts) -> list[sheets.PackingList]:
    """One list per kitchen and meal, box by box, in the order in which the vans leave."""
    groups: dict[tuple[str, MealPeriod], list[sheets.PackingLine]] = defaultdict(list)
    setups = {row.kitchen_id: row for row in session.scalars(sa.select(KitchenSetup))}
    for key in sorted(facts.packs, key=lambda key: _load_sequence(facts, key)):
        stop = facts.stops.get(key)
        lines = facts.packs[key]
        kitchen_id = lines[0].kitchen_id
        route = route_name(stop.route_no, facts.lang) if stop and stop.route_no else ""
        setup = setups.get(kitchen_id) or KitchenSetup(kitchen_id=kitchen_id, pots={})
        for boxes in _alike(_boxes(lines, setup.meals_per_box)):
            groups[kitchen_id, key[1]].append(
                sheets.PackingLine(
                    point=facts.site_name(key[0]),
                    variant=_contents(boxes, facts.lang),
                    portions=sum(meals for box in boxes for _, meals in box.meals),
                    boxes=len(boxes),
                    route=route,
                )
            )
    return [
        sheets.PackingList(
            kitchen=facts.site_name(kitchen_id),
            day=facts.day,
            period=period.value,
            made_at=facts.made_at,
            lines=tuple(lines),
            total_portions=sum(line.portions for line in lines),
            total_boxes=sum(line.boxes for line in lines),
        )
        for (kitchen_id, period), lines in sorted(groups.items())
    ]


def _boxes(lines: Sequence[PackLine], size: int) -> tuple[Box, ...]:
    """The boxes of one site's meal."""
    packed = [production_values.PackLine(x.site_id, x.variant, x.quantity) for x in lines]
    return pack_boxes(packed, size)


def _alike(boxes: Sequence[Box]) -> Iterator[tuple[Box, ...]]:
    """Boxes in a row that hold the same stand in one line."""
    for _, found in groupby(boxes, key=lambda box: box.meals):
        yield tuple(found)


def _contents(boxes: Sequence[Box], lang: str) -> str:
    """``2-4: plain 20`` or ``1: soft 3, plain 17``: the boxes' numbers and what each holds."""
    first, last = boxes[0].number, boxes[-1].number
    numbers = f"{first}" if first == last else f"{first}–{last}"
    joint = ", " if lang == "en" else "、"
    held = joint.join(f"{diet(variant, lang)} {meals}" for variant, meals in boxes[0].meals)
    return f"#{numbers}{': ' if lang == 'en' else '：'}{held}"


def box_labels(session: Session, facts: DayFacts) -> sheets.BoxLabels:
    """A label for every insulated box, in the order in which the vans leave."""
    labels: list[sheets.BoxLabel] = []
    setups = {row.kitchen_id: row for row in session.scalars(sa.select(KitchenSetup))}
    for key in sorted(facts.packs, key=lambda key: _load_sequence(facts, key)):
        setup = setups.get(facts.packs[key][0].kitchen_id)
        labels += _labels_of_site(facts, key, setup or KitchenSetup(kitchen_id="", pots={}))
    return sheets.BoxLabels(made_at=facts.made_at, labels=tuple(labels))


def _labels_of_site(facts: DayFacts, key: Key, setup: KitchenSetup) -> Iterator[sheets.BoxLabel]:
    """The boxes of one site's meal; none before its pots are planned."""
    stop, lines = facts.stops.get(key), facts.packs[key]
    kitchen_id = lines[0].kitchen_id
    pots = [pot for pot in facts.batches if (pot.kitchen_id, pot.period) == (kitchen_id, key[1])]
    boxes = _boxes(lines, setup.meals_per_box)
    for box in boxes if pots else ():
        yield sheets.BoxLabel(
            site=facts.site_name(key[0]),
            day=facts.day,
            period=key[1].value,
            box_no=box.number,
            box_count=len(boxes),
            meals=tuple(
                sheets.VariantMeals(diet(variant, facts.lang), meals)
                for variant, meals in box.meals
            ),
            eat_by=clock_time(min(pot.eat_by_s for pot in pots)),
            qr=f"{key[0]}-{facts.day:%Y%m%d}-{key[1]}-{box.number}",
            route=route_name(stop.route_no, facts.lang) if stop and stop.route_no else "",
            stop_no=stop.sequence if stop and stop.route_no else None,
            kitchen=facts.site_name(kitchen_id),
            licence=setup.licence,
            cooked_at=clock_time(min(pot.ready_s for pot in pots)),
        )


def _load_sequence(facts: DayFacts, key: tuple[str, MealPeriod]) -> tuple[str, str, int, int, str]:
    stop = facts.stops.get(key)
    kitchen = facts.packs[key][0].kitchen_id
    return kitchen, key[1], stop.route_no if stop else 0, stop.sequence if stop else 0, key[0]
