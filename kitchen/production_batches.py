"""Pots and clocks: portions to batches, and start times counted backwards from dispatch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kitchen.dishes import Dish, DishBook, Equipment
from kitchen.production_values import (
    Batch,
    DishRun,
    KitchenSetting,
    PlanFault,
    PlanProblem,
    Pots,
    Shift,
    SitePack,
    Task,
    TaskKind,
)

_TASK_RANK = {kind: rank for rank, kind in enumerate(TaskKind)}


@dataclass(frozen=True, slots=True)
class _Pot:
    """A batch that has its portions but not yet its time."""

    run: DishRun
    dish: Dish
    number: int
    portions: int


def pot_size(dish: Dish, kitchen: KitchenSetting) -> int | None:
    """Portions one pot of ``kitchen`` yields of ``dish``; ``None`` when it has no such pot."""
    pots = kitchen.pots.get(dish.equipment)
    if pots is None or pots.units == 0:
        return None
    return dish.pot_portions * pots.size_percent // 100


def pot_minutes(dish: Dish, portions: int, pots: Mapping[Equipment, Pots]) -> int | None:
    """Minutes that pots of one kind are busy with ``portions`` of a dish; None: no such pot, or too small."""
    has = pots.get(dish.equipment)
    size = dish.pot_portions * has.size_percent // 100 if has and has.units else 0
    return -(-portions // size) * dish.minutes if size else None


def split_evenly(portions: int, largest: int) -> list[int]:
    """``portions`` in as few parts of at most ``largest`` as possible, differing by one at most."""
    parts = -(-portions // largest)
    return [portions // parts + (number < portions % parts) for number in range(parts)]


def make_batches(
    runs: Sequence[DishRun], *, book: DishBook, kitchen: KitchenSetting, shift: Shift
) -> tuple[tuple[Batch, ...], tuple[PlanProblem, ...]]:
    """Give every run its pots and every pot its time.

    Backwards from packing, dishes that cook fastest get the latest places: they suffer most from
    waiting. A pot's place is the one that is free latest among the kitchen's units. Every run's
    dish has a pot of at least one portion here; the plan sorts out the others before.
    """
    free: dict[Equipment, list[int]] = {
        equipment: [shift.dispatch_s - kitchen.handling_s] * pots.units
        for equipment, pots in kitchen.pots.items()
    }
    batches, problems = [], []
    for pot in _pots(runs, book=book, kitchen=kitchen):
        clocks = free[pot.dish.equipment]
        ready_s = max(clocks)
        unit = clocks.index(ready_s)
        clocks[unit] = ready_s - pot.dish.minutes * 60
        batch = _batch(pot, kitchen, unit=unit, ready_s=ready_s)
        batches.append(batch)
        problems += _timing_problems(batch, shift)
    batches.sort(key=lambda batch: (batch.starts_s, batch.batch_id))
    return tuple(batches), tuple(problems)


def _pots(runs: Sequence[DishRun], *, book: DishBook, kitchen: KitchenSetting) -> list[_Pot]:
    pots = []
    for run in runs:
        dish = book.dishes[run.dish_id]
        sizes = split_evenly(run.portions, pot_size(dish, kitchen) or 1)
        pots += [_Pot(run, dish, number, size) for number, size in enumerate(sizes, start=1)]
    return sorted(pots, key=lambda pot: (pot.dish.minutes, pot.dish.dish_id, pot.run.low_salt))


def _batch(pot: _Pot, kitchen: KitchenSetting, *, unit: int, ready_s: int) -> Batch:
    salted = "-low_salt" if pot.run.low_salt else ""
    return Batch(
        batch_id=f"{pot.run.slot}-{pot.dish.dish_id}{salted}-{pot.number}",
        dish_id=pot.dish.dish_id,
        low_salt=pot.run.low_salt,
        slot=pot.run.slot,
        equipment=pot.dish.equipment,
        unit=unit + 1,
        portions=pot.portions,
        starts_s=ready_s - pot.dish.minutes * 60,
        ready_s=ready_s,
        eat_by_s=ready_s + kitchen.hold_s,
        sample_grams=kitchen.sample_grams if pot.number == 1 else 0,
    )


def _timing_problems(batch: Batch, shift: Shift) -> list[PlanProblem]:
    found = []
    if batch.eat_by_s < shift.eaten_by_s:
        late_s = shift.eaten_by_s - batch.eat_by_s
        found.append(
            PlanProblem(PlanFault.READY_TOO_EARLY, batch.batch_id, batch.portions, f"{late_s} s")
        )
    if batch.starts_s < 0:
        found.append(PlanProblem(PlanFault.STARTS_BEFORE_MIDNIGHT, batch.batch_id, batch.portions))
    return found


def make_tasks(
    batches: Sequence[Batch],
    packs: Sequence[SitePack],
    *,
    kitchen: KitchenSetting,
    shift: Shift,
) -> tuple[Task, ...]:
    """The kitchen's day in the order of the clock."""
    tasks = []
    for batch in batches:
        tasks.append(Task(batch.starts_s, TaskKind.START, batch.batch_id, batch.portions))
        tasks.append(Task(batch.ready_s, TaskKind.READY, batch.batch_id, batch.portions))
        if batch.sample_grams:
            tasks.append(Task(batch.ready_s, TaskKind.SAMPLE, batch.batch_id, 0))
    packing_s = shift.dispatch_s - kitchen.packing_s
    tasks += [Task(packing_s, TaskKind.PACK, pack.site_id, pack.portions) for pack in packs]
    total = sum(pack.portions for pack in packs)
    if total:
        tasks.append(Task(shift.dispatch_s, TaskKind.DISPATCH, kitchen.kitchen_id, total))
    return tuple(sorted(tasks, key=lambda t: (t.at_s, _TASK_RANK[t.kind], t.subject)))
