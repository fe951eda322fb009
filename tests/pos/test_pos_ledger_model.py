"""The short run of the ledger model; ``python -m tests.pos.ledger_model`` is the long one."""

import pytest

from tests.pos import ledger_model


@pytest.mark.parametrize("seed", [3, 4])
def test_random_sales_returns_and_late_meals_agree_with_an_independent_ledger(seed: int) -> None:
    found = ledger_model.run(seed, 6_000)
    assert (found["difference_fen"], found["postings_sum_fen"]) == (0, 0)
    assert found["fates"]["POSTED"] > 3_000
    assert {"REFUSED", "REPEATED"} <= set(found["fates"])


def test_the_model_notices_a_cap_that_differs_by_one_fen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_model, "CAP_FEN", 999)
    assert ledger_model.run(3, 2_000)["difference_fen"] > 0
