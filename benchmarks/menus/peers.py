"""The peers: rolling blocks of two days, and the whole month as one program."""

from time import perf_counter

from kitchen.menu_lp import solve
from kitchen.menu_model import Model
from kitchen.menu_program import Frame, Value, build_part, value_of, whole_days

BLOCK_DAYS, BLOCK_GAP, BLOCK_LIMIT_S = 2, 0.01, 2.0


def rolling_blocks(model: Model) -> tuple[Value, float]:
    """Two days after two days, each block best for itself; hard rules elastic where a block has no answer."""
    begin, keys = perf_counter(), frozenset[int]()
    days = len(model.task.days)
    for first in range(0, days, BLOCK_DAYS):
        places = whole_days(model, range(first, min(days, first + BLOCK_DAYS)))
        for elastic in (False, True):
            part = build_part(model, Frame(places, keys, elastic=elastic))
            answer = solve(part.program, whole=True, gap=BLOCK_GAP, limit_s=BLOCK_LIMIT_S)
            if answer.usable:
                keys |= part.chosen(answer)
                break
    return value_of(model, keys), perf_counter() - begin


def one_program(model: Model, *, cbc: bool, limit_s: float) -> tuple[Value | None, float]:
    """All days at once with HiGHS (CBC where it has nothing) or with CBC alone; None: no plan in the time."""
    begin = perf_counter()
    part = build_part(model, Frame(whole_days(model, range(len(model.task.days)))))
    answer = solve(part.program, whole=True, limit_s=limit_s, only="CBC" if cbc else "HIGHS")
    value = value_of(model, part.chosen(answer)) if answer.usable else None
    return value, perf_counter() - begin
