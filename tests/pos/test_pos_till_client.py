"""The reference till on a bench: nothing handed over is lost or charged twice, whatever fails in between."""

from datetime import date, timedelta

import pytest

from pos.errors import TillStopped
from pos.kinds import Buyer
from pos.requests import ChargeRecord, ReversalRecord
from pos.snapshot import CardEntry, Flag, Limits, entry_bytes, pack
from pos.till import reckoning
from pos.till.ports import NetworkDown, Timeout
from pos.till.reckoning import Ask
from tests.pos.till_bench import LUNCH, SET, SUPPER, World, ask, code


@pytest.fixture
def world() -> World:
    return World(own_fen=2000)


@pytest.fixture
def till(world: World):
    made = world.till(begin=True)
    assert made.sync()
    return made


# --- on line -------------------------------------------------------------------------------------------


def test_on_line_the_answer_of_the_server_is_what_the_cashier_shows(world, till):
    outcome = till.sell(ask())
    assert (outcome.done, outcome.cash_fen) == (True, 0)
    assert (outcome.answer.subsidy_fen, outcome.answer.own_fen) == (300, 1200)
    assert outcome.charge_id == "T1-1-1-000001"
    assert len(world.standing()) == 1
    assert till.display().waiting == 0


def test_a_refused_sale_hands_nothing_over_and_is_no_dispute(world, till):
    refused = till.sell(Ask(LUNCH, SET, card_code=code("a", issue_no=2)))
    assert (refused.done, refused.cash_fen, refused.code) == (False, 0, "sale.card_unknown")
    assert till.display().disputes == 0
    assert world.standing() == []


def test_a_record_is_durable_before_it_is_sent(world, till):
    def look(_records):
        assert world.till().interrupted is not None
        raise Timeout

    world.send = look
    assert till.sell(ask()).done


@pytest.mark.parametrize("fault", ["lost", "unanswered"])
def test_without_an_answer_the_sale_is_voided_and_the_meal_stands_once(world, till, fault):
    world.faults = [fault]
    outcome = till.sell(ask())
    assert outcome.done
    assert not till.on_line
    assert till.display().waiting == 2
    assert till.sync()
    assert [row["charge_id"] for row in world.standing()] == [outcome.charge_id]
    assert till.display().disputes == 0
    assert world.desk.purse("a", "a-OWN").balance_fen == 800


def test_a_voided_sale_that_arrives_late_is_never_made(world, till):
    world.faults = ["lost"]
    till.sell(ask())
    late = [line.made.record for line in till.state.lines.values() if line.closed]
    till.sync()
    assert [one.fate for one in world.arrive(late)] == ["CONFLICT"]
    assert len(world.standing()) == 1


def test_a_sale_that_arrives_before_its_void_is_taken_back_by_it(world, till):
    world.faults = ["lost"]
    till.sell(ask())
    late = [line.made.record for line in till.state.lines.values() if line.closed]
    assert [one.fate for one in world.arrive(late)] == ["POSTED"]
    till.sync()
    assert len(world.standing()) == 1


def test_a_sale_that_surely_did_not_leave_needs_no_void(world, till):
    world.faults = ["down"]
    assert till.sell(ask()).done
    assert till.display().waiting == 1
    till.sync()
    assert [type(one) for one in world.sent] == [ChargeRecord]


def test_a_number_that_was_used_before_begins_a_new_epoch_and_sells_again(world, till):
    world.set_epoch(5)
    outcome = till.sell(ask())
    assert outcome.done
    assert outcome.charge_id.startswith("T1-6-1-")
    assert len(world.standing()) == 1


def test_when_no_new_epoch_can_be_had_the_refused_sale_goes_on_off_line(world, till):
    world.set_epoch(5)
    world.epoch = lambda: (_ for _ in ()).throw(NetworkDown())
    outcome = till.sell(ask())
    assert outcome.done
    assert outcome.reckoned is not None
    del world.epoch
    till.sync()
    assert [row["charge_id"] for row in world.standing()] == [outcome.charge_id]


# --- off line ------------------------------------------------------------------------------------------


def go_off_line(world, till):
    world.faults = ["down"]
    till.sync()
    assert not till.on_line


def test_off_line_the_price_is_the_one_the_server_finds(world, till):
    go_off_line(world, till)
    outcome = till.sell(ask("b"))
    known = outcome.reckoned
    assert (known.due_fen, known.subsidy_fen, known.purse_fen, known.cash_fen) == (
        1050,
        450,
        1050,
        0,
    )
    till.sync()
    row = world.standing()[0]
    assert (row["subsidy_fen"], row["own_fen"], row["disputed_fen"]) == (450, 1050, 0)


def test_the_second_meal_of_a_period_is_at_the_full_price_off_line_too(world, till):
    till.sell(ask())
    go_off_line(world, till)
    second, supper = till.sell(ask()), till.sell(ask(period=SUPPER))
    assert (second.cash_fen, second.code) == (1500, reckoning.CARD_MEALS)
    assert supper.reckoned.subsidy_fen == 300


def test_off_line_a_purse_gives_no_more_than_the_list_allows(world, till):
    go_off_line(world, till)
    paid = [till.sell(ask(period=period)).reckoned for period in (LUNCH, SUPPER)]
    assert [one.purse_fen for one in paid] == [1200, 800]
    assert [one.cash_fen for one in paid] == [0, 400]
    till.sync()
    assert sum(row["disputed_fen"] for row in world.standing()) == 0


def test_who_pays_in_cash_keeps_the_purse_off_line(world, till):
    go_off_line(world, till)
    assert till.sell(ask(purses=())).cash_fen == 1200
    till.sync()
    assert world.desk.purse("a", "a-OWN").balance_fen == 2000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda w: w.new_list(without="a"), reckoning.UNKNOWN),
        (lambda w: w.new_list(flags=Flag.BLOCKED), reckoning.BLOCKED),
        (lambda w: setattr(w, "limits", Limits(till_count=0)), reckoning.TILL_COUNT),
        (lambda w: setattr(w, "limits", Limits(till_total_fen=1499)), reckoning.TILL_TOTAL),
        (lambda w: setattr(w, "limits", Limits(card_total_fen=1499)), reckoning.CARD_TOTAL),
    ],
)
def test_beyond_the_list_and_its_limits_it_is_the_full_price_in_cash(change, reason):
    world = World(own_fen=2000)
    change(world)
    till = world.till(begin=True)
    till.sync()
    go_off_line(world, till)
    outcome = till.sell(ask())
    assert (outcome.done, outcome.cash_fen, outcome.code) == (True, 1500, reason)
    till.sync()
    row = world.standing()[0]
    assert (row["cash_fen"], row["disputed_fen"], row["own_fen"]) == (1500, -300, 0)


def test_a_list_that_is_too_old_says_nothing(world, till):
    go_off_line(world, till)
    world.wait(hours=73)
    assert till.sell(ask()).code == reckoning.STALE


def test_an_entry_says_nothing_after_its_last_day():
    world = World()
    entry = CardEntry(0, 0, date(2026, 11, 22))
    world.entries = pack([entry_bytes(code("a"), entry)])
    till = world.till(begin=True)
    till.sync()
    go_off_line(world, till)
    assert till.sell(ask()).code == reckoning.EXPIRED


def test_a_till_without_a_list_takes_cash(world):
    till = world.till(begin=True)
    assert till.sell(ask()).code == reckoning.NO_LIST


def test_a_person_without_a_card_and_a_guest_pay_in_full_off_line(world, till):
    go_off_line(world, till)
    found = till.sell(Ask(LUNCH, SET, senior_id="a"))
    guest = till.sell(Ask(LUNCH, SET, buyer=Buyer.GUEST))
    assert [(one.cash_fen, one.code) for one in (found, guest)] == [
        (1500, reckoning.NO_CARD), (1500, ""),
    ]  # fmt: skip
    till.sync()
    assert sorted(row["disputed_fen"] for row in world.standing()) == [-300, 0]


# --- the queue -----------------------------------------------------------------------------------------


def test_the_queue_is_sent_in_order_and_resumes_where_it_stopped(world, till):
    go_off_line(world, till)
    ids = [till.sell(ask(None)).charge_id for _ in range(230)]
    assert till.display().waiting == 230
    world.faults = []
    real, calls = world.send, []

    def shaky(records):
        calls.append(len(records))
        if len(calls) == 2:
            real(records)
            raise Timeout
        return real(records)

    world.send = shaky
    assert not till.sync()
    assert till.display().waiting == 130
    assert till.sync()
    assert calls == [100, 100, 100, 30]
    assert [row["charge_id"] for row in world.standing()] == ids


def test_answers_to_other_records_are_no_answers(world, till):
    go_off_line(world, till)
    till.sell(ask())
    real = world.send
    world.send = lambda records: list(real(records))[:-1]
    assert not till.sync()
    assert till.display().waiting == 1


def test_a_handed_over_meal_that_the_server_refuses_stays_a_dispute(world, till):
    go_off_line(world, till)
    charge_id = till.sell(ask()).charge_id
    world.desk.tills = {}
    till.sync()
    assert [(one.charge_id, one.code) for one in till.state.disputes] == [
        (charge_id, "sale.device_unknown")
    ]
    again = world.till()
    assert again.display().disputes == 1


def test_what_differs_from_the_till_is_shown_to_the_cashier(world, till):
    go_off_line(world, till)
    till.sell(ask("c"))
    world.desk.purse("c", "c-OWN").balance_fen = 0
    till.sync()
    assert [one.dispute_code for one in till.state.differences] == ["dispute.short"]


def test_a_meal_refused_for_its_epoch_only_is_issued_anew(world, till):
    till.begin(9)
    go_off_line(world, till)
    charge_id = till.sell(ask()).charge_id
    till.sync()
    (row,) = world.standing()
    assert row["charge_id"] != charge_id
    assert till.display().disputes == 0
    assert world.till().display().waiting == 0


# --- restarts ------------------------------------------------------------------------------------------


def test_after_a_restart_the_queue_and_the_history_are_there(world, till):
    go_off_line(world, till)
    till.sell(ask())
    again = world.till()
    assert again.display().waiting == 1
    assert again.display().exposure_yuan == "15.00"
    assert again.sell(ask()).code == reckoning.CARD_MEALS


def interrupt(world, till):
    """The power fails when the request has arrived, before the answer is written."""
    real = world.send

    def cut(records):
        real(records)
        raise KeyboardInterrupt

    world.send = cut
    with pytest.raises(KeyboardInterrupt):
        till.sell(ask())
    del world.send
    return world.till()


def test_an_interrupted_sale_stops_the_till_until_somebody_says_what_happened(world, till):
    again = interrupt(world, till)
    with pytest.raises(TillStopped) as caught:
        again.sell(ask())
    assert caught.value.reason == "interrupted"


def test_an_interrupted_sale_that_came_to_nothing_is_voided(world, till):
    again = interrupt(world, till)
    assert again.settle(done=False) is None
    again.sync()
    assert world.standing() == []
    assert again.sell(ask()).answer.subsidy_fen == 300


def test_an_interrupted_sale_that_was_handed_over_is_sent_again(world, till):
    again = interrupt(world, till)
    assert again.settle(done=True).done
    again.sync()
    assert len(world.standing()) == 1
    assert again.settle(done=True) is None


def test_an_interrupted_reversal_is_carried_out(world, till):
    sold = till.sell(ask())
    world.send = lambda _records: (_ for _ in ()).throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        till.take_back(sold.charge_id, "退餐")
    del world.send
    again = world.till()
    assert again.settle(done=False).done
    again.sync()
    assert world.standing() == []


def test_a_till_that_was_never_enrolled_sells_nothing(world):
    with pytest.raises(TillStopped) as caught:
        world.till().sell(ask())
    assert caught.value.reason == "not_enrolled"


def test_a_till_without_room_hands_nothing_over(world, till):
    go_off_line(world, till)
    world.room = 20
    with pytest.raises(TillStopped) as caught:
        till.sell(ask())
    assert caught.value.reason == "storage"
    world.room = 10**9
    assert till.sell(ask()).done
    till.sync()
    assert len(world.standing()) == 1


def test_a_restored_till_goes_on_in_a_new_epoch(world, till):
    kept = world.data
    till.sell(ask())
    world.data = kept
    again = world.till()
    off = again.sell(ask("b"))
    assert off.charge_id.startswith("T1-1-1-")
    again.sync()
    assert again.state.epoch == 2
    assert again.sell(ask("c")).charge_id.startswith("T1-2-1-")
    assert len(world.standing()) == 3


def test_a_restored_till_is_found_out_even_when_its_counter_has_caught_up(world, till):
    kept = world.data
    till.sell(ask())
    world.data = kept
    again = world.till()
    for _ in range(5):
        again.sell(ask(None))
    again.sync()
    assert again.state.epoch == 2
    assert len(world.standing()) == 6


def test_a_till_installed_anew_gets_an_epoch(world, till):
    till.sell(ask())
    world.data, world.pieces = b"", ()
    again = world.till()
    assert again.sync()
    assert again.state.epoch == 2
    assert again.display().list_seq == 1


# --- time ----------------------------------------------------------------------------------------------


def test_a_wrong_wall_clock_changes_nothing_once_the_server_has_told_the_time(world, till):
    world.off = timedelta(days=3)
    go_off_line(world, till)
    world.wait(minutes=5)
    till.sell(ask())
    till.sync()
    row = world.standing()[0]
    assert row["occurred_at"] == world.at
    assert row["doubts"] == "clock.skewed"


def test_after_a_restart_without_a_line_the_wall_clock_counts_but_never_before_the_last_told_time(
    world, till
):
    world.off = timedelta(days=-3)
    again = world.till()
    world.wait(hours=1)
    charge_id = again.sell(ask()).charge_id
    record = again.state.lines[charge_id].made.record
    assert record.clock is None
    assert record.occurred_at == world.at - timedelta(hours=1)
    again.sync()
    assert world.standing()[0]["doubts"] == "clock.unsure"


# --- taking back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [None, "down", "lost", "unanswered"])
def test_a_meal_is_taken_back_once_whatever_happens_to_the_request(world, till, fault):
    sold = till.sell(ask(None))
    world.faults = [fault] if fault else []
    outcome = till.take_back(sold.charge_id, "退餐")
    assert (outcome.done, outcome.cash_fen) == (True, -1500)
    till.sync()
    assert world.standing() == []
    assert till.display().disputes == 0
    assert till.take_back(sold.charge_id, "退餐").code == "sale.already_reversed"


def test_a_meal_still_in_the_queue_is_taken_back_behind_it(world, till):
    go_off_line(world, till)
    sold = till.sell(ask())
    assert till.take_back(sold.charge_id, "退餐").done
    assert till.display().exposure_fen == 0
    till.sync()
    assert world.standing() == []
    assert isinstance(world.sent[-1], ReversalRecord)
    assert till.sell(ask()).answer.subsidy_fen == 300


def test_only_meals_of_this_till_and_day_are_taken_back(world, till):
    sold = till.sell(ask())
    assert till.take_back("T9-1-1-abc", "退餐").code == "sale.origin_unknown"
    world.wait(days=1)
    assert till.take_back(sold.charge_id, "退餐").code == "sale.reversal_late"


# --- the card list -------------------------------------------------------------------------------------


def test_the_list_is_fetched_as_a_delta_and_survives_a_restart(world, till):
    world.new_list(without="a")
    till.sync()
    assert len(world.pieces) == 2
    again = world.till()
    assert again.display().list_seq == 2
    assert again.snapshot == world.held()
    assert again.snapshot.find(code("a")) is None
    assert again.snapshot.find(code("b")) is not None


def test_a_delta_that_does_not_fit_is_replaced_by_the_whole_list(world, till):
    world.new_list(without="b")
    world.older[1] = b""
    till.sync()
    assert len(world.pieces) == 1
    assert till.snapshot.find(code("b")) is None


def test_a_damaged_shelf_is_no_list(world, till):
    world.pieces = (world.pieces[0][:-1] + b"\0",)
    assert world.till().snapshot is None


def test_the_display_tells_when_the_till_last_spoke_with_the_server(world, till):
    shown = till.display()
    assert (shown.on_line, shown.last_sync, shown.exposure_fen) == (True, world.at, 0)
    assert shown.list_made_at == world.made_at
