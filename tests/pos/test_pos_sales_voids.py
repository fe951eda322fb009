"""What a void or a reversal takes back when other meals of the person were priced beside the charge."""

from datetime import timedelta

from pos.requests import ChargeRecord, OfflineNote, ReversalRecord
from tests.pos.till_bench import LUNCH, NOON, SET, World, code


def charge(number: int, *, minute: int, cash_fen: int | None = None) -> ChargeRecord:
    """A lunch of "a"; cash makes it one that was handed over off line."""
    return ChargeRecord(
        f"c{number}", "T1", 1, number, NOON + timedelta(minutes=minute), LUNCH, SET,
        card_code=code("a"), offline=None if cash_fen is None else OfflineNote(1, cash_fen),
    )  # fmt: skip


def back(number: int, origin: int, *, void: bool = False) -> ReversalRecord:
    return ReversalRecord(
        f"r{number}", f"c{origin}", "T1", 1, 100 + number, NOON + timedelta(minutes=30), "退餐",
        offline=True, void=void,
    )  # fmt: skip


def given(world: World) -> dict[str, tuple[int, int, int]]:
    """Standing charges: subsidy, cash, disputed (fen)."""
    return {
        str(row["charge_id"]): (row["subsidy_fen"], row["cash_fen"], row["disputed_fen"])
        for row in world.standing()
    }  # type: ignore[return-value]  # amounts


def served() -> World:
    world = World()
    world.wait(hours=1)
    return world


def test_a_charge_that_was_priced_again_is_voided_by_the_name_the_till_gave_it() -> None:
    world = served()
    world.arrive([charge(1, minute=10)])
    world.arrive([charge(2, minute=5, cash_fen=1200)])
    assert set(given(world)) == {"c1~2", "c2"}
    answers = world.arrive([back(3, 1, void=True)])
    assert [one.fate for one in answers] == ["POSTED"]
    assert given(world) == {"c2": (300, 1200, 0)}


def test_a_charge_that_was_priced_again_is_taken_back_by_the_name_the_till_gave_it() -> None:
    world = served()
    world.arrive([charge(1, minute=10), charge(2, minute=5, cash_fen=1200)])
    (answer,) = world.arrive([back(3, 1)])
    assert (answer.fate, answer.cash_fen) == ("POSTED", -1200)
    (again,) = world.arrive([back(4, 1)])
    assert again.code == "sale.already_reversed"


def test_a_voided_first_meal_leaves_its_right_to_the_next() -> None:
    world = served()
    world.arrive([charge(1, minute=5)])
    world.arrive([charge(2, minute=10)])
    assert given(world) == {"c1": (300, 1200, 0), "c2": (0, 1500, 0)}
    world.arrive([back(3, 1, void=True)])
    assert given(world) == {"c2~2": (300, 1500, -300)}


def test_a_void_that_comes_after_its_new_sale_leaves_the_right_to_that_sale() -> None:
    world = served()
    world.arrive([charge(1, minute=5)])
    world.arrive([charge(2, minute=6, cash_fen=1200)])
    world.arrive([back(3, 1, void=True)])
    assert given(world) == {"c2~2": (300, 1200, 0)}


def test_a_meal_before_a_voided_one_is_not_touched() -> None:
    world = served()
    world.arrive([charge(1, minute=5), charge(2, minute=10)])
    world.arrive([back(3, 2, void=True)])
    assert given(world) == {"c1": (300, 1200, 0)}


def test_a_meal_that_a_cashier_takes_back_changes_no_later_one() -> None:
    world = served()
    world.arrive([charge(1, minute=5), charge(2, minute=10)])
    world.arrive([back(3, 1)])
    assert given(world) == {"c2": (0, 1500, 0)}
