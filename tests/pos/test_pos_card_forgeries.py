"""106,000 mutated and forged codes of the three forms, from fixed seeds: none is accepted.

Whatever is scanned ends in a ``PosError``; any other exception stops these tests.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pos.card import read_card
from pos.errors import CardCharacters, ForeignCardMalformed, PosError
from pos.foreign_card import read_foreign_card
from pos.phone_code import read_phone_code
from tests.pos.damaged_codes import MUTATIONS, other_numerals
from tests.pos.forged_codes import (
    ABROAD,
    AT,
    DAY,
    KEYS,
    PRINTED,
    SHOWN,
    TRUSTED,
    Forgeries,
    Maker,
    card_forgeries,
    foreign_forgeries,
    phone_forgeries,
)


@dataclass(frozen=True)
class Form:
    """One form of code: its reader, true codes, what is done to them, and how often in all."""

    read: Callable[[str], object]
    genuine: list[str]
    forgeries: Forgeries
    trials: int

    def kinds(self) -> Forgeries:
        return {m.__name__: (self.mutated(m), (PosError,)) for m in MUTATIONS} | dict(
            self.forgeries
        )

    def mutated(self, mutate: Callable[[random.Random, str], str]) -> Maker:
        """Mutates until something else came out: a swap of equal digits is no mutation."""
        taken = frozenset(self.genuine)

        def make(rng: random.Random) -> str:
            while (code := mutate(rng, rng.choice(self.genuine))) in taken:
                continue
            return code

        return make


FORMS = {
    "card": Form(lambda code: read_card(code, KEYS), PRINTED, card_forgeries(), 66_000),
    "phone": Form(lambda code: read_phone_code(code, KEYS, AT), SHOWN, phone_forgeries(), 30_000),
    "foreign": Form(
        lambda code: read_foreign_card(code, TRUSTED, DAY), ABROAD, foreign_forgeries(), 10_000
    ),
}


def outcome(form: Form, code: str) -> type[PosError] | None:
    """The refusal, or None when the code was accepted."""
    try:
        form.read(code)
    except PosError as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize("name", FORMS)
def test_the_true_codes_are_accepted(name: str) -> None:
    assert [code for code in FORMS[name].genuine if outcome(FORMS[name], code)] == []


@pytest.mark.parametrize("name", FORMS)
def test_no_mutated_or_forged_code_is_accepted_and_each_is_refused_by_its_own_name(
    name: str,
) -> None:
    form, rng = FORMS[name], random.Random(f"{name} 20261120")
    kinds, tried = list(form.kinds().items()), Counter[str]()
    wrong = []
    for turn in range(form.trials):
        kind, (make, refusals) = kinds[turn % len(kinds)]
        code = make(rng)
        found = outcome(form, code)
        tried[kind] += 1
        if found is None or not issubclass(found, refusals):
            wrong.append((kind, code, found))
    assert wrong == []
    assert tried.total() == form.trials
    assert min(tried.values()) >= 250


def test_more_than_100_000_codes_are_tried_on_every_run() -> None:
    assert sum(form.trials for form in FORMS.values()) == 106_000


@pytest.mark.parametrize("name", FORMS)
def test_digits_of_other_scripts_are_called_characters(name: str) -> None:
    form, rng = FORMS[name], random.Random(5)
    malformed = ForeignCardMalformed if name == "foreign" else CardCharacters
    found = {outcome(form, other_numerals(rng, code)) for code in form.genuine}
    assert found == {malformed}
