"""Cards of other counties: the vectors both ways, every field, every named refusal."""

import json
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import (
    CardFieldInvalid,
    ForeignCardExpired,
    ForeignCardForged,
    ForeignCardNotYetValid,
    ForeignCardUntrusted,
    PosError,
)
from pos.foreign_card import FOREIGN_DIGITS, ForeignCard, encode_foreign_card, read_foreign_card

VECTORS = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors/foreign_cards.json").read_text(encoding="utf-8")
)
DAY = date(2026, 11, 20)
CARD = ForeignCard("330122", 1, "00ff12ab34cd", 3, date(2026, 11, 1), date(2028, 10, 31))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TRUSTED = {("330122", 1): KEY.public_key()}
DAYS = st.dates(date(2020, 1, 1), date(2199, 6, 6))
CARDS = st.builds(
    lambda county, key_id, serial, issue_no, days: ForeignCard(
        f"{county:06d}", key_id, serial.hex(), issue_no, min(days), max(days)
    ),
    st.integers(0, 999_999),
    st.integers(0, 255),
    st.binary(min_size=6, max_size=6),
    st.integers(0, 255),
    st.tuples(DAYS, DAYS),
)


def private_keys():
    return {
        (key["county"], key["key_id"]): Ed25519PrivateKey.from_private_bytes(
            bytes.fromhex(key["private_hex"])
        )
        for key in VECTORS["trusted"]
    }


def public_keys():
    return {
        (key["county"], key["key_id"]): Ed25519PublicKey.from_public_bytes(
            bytes.fromhex(key["public_hex"])
        )
        for key in VECTORS["trusted"]
    }


def vector_card(stored):
    days = {name: date.fromisoformat(stored[name]) for name in ("issued_on", "valid_until")}
    return ForeignCard(**{**stored, **days})


def named(cases):
    return [pytest.param(case, id=case["name"]) for case in cases]


def as_stored(value):
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("case", named(VECTORS["valid"]))
def test_a_card_of_the_vectors_is_written_and_read_as_they_say(case):
    card = vector_card(case["card"])
    assert encode_foreign_card(card, private_keys()[card.county, card.key_id]) == case["code"]
    assert read_foreign_card(case["code"], public_keys(), date.fromisoformat(case["on"])) == card


@pytest.mark.parametrize("case", named(VECTORS["refused"]))
def test_a_code_that_is_no_such_card_is_refused_as_the_vectors_say(case):
    with pytest.raises(PosError) as refusal:
        read_foreign_card(case["code"], public_keys(), date.fromisoformat(case["on"]))
    found = {name: as_stored(value) for name, value in vars(refusal.value).items()}
    assert (refusal.value.code, found) == (case["error"], case["fields"])


def test_the_vector_names_are_different():
    names = [case["name"] for case in VECTORS["valid"] + VECTORS["refused"]]
    assert len(names) == len(set(names))


@given(CARDS)
def test_every_card_survives_its_code_on_its_first_and_its_last_day(card):
    code = encode_foreign_card(card, KEY)
    trusted = {(card.county, card.key_id): KEY.public_key()}
    assert len(code) == FOREIGN_DIGITS == 200
    assert code.isdigit()
    for day in (card.issued_on, card.valid_until):
        assert read_foreign_card(code, trusted, day) == card


@given(CARDS)
def test_outside_its_days_a_genuine_card_is_refused_by_the_day_that_matters(card):
    code = encode_foreign_card(card, KEY)
    trusted = {(card.county, card.key_id): KEY.public_key()}
    with pytest.raises(ForeignCardNotYetValid) as early:
        read_foreign_card(code, trusted, card.issued_on - timedelta(days=1))
    assert early.value.issued_on == card.issued_on
    with pytest.raises(ForeignCardExpired) as late:
        read_foreign_card(code, trusted, card.valid_until + timedelta(days=1))
    assert late.value.valid_until == card.valid_until


def test_a_card_is_only_as_good_as_the_key_kept_for_its_county_and_key_id():
    code, other = encode_foreign_card(CARD, KEY), Ed25519PrivateKey.generate().public_key()
    near = {("330122", 2): KEY.public_key(), ("330123", 1): KEY.public_key()}
    for trusted in ({}, near):
        with pytest.raises(ForeignCardUntrusted):
            read_foreign_card(code, trusted, DAY)
    with pytest.raises(ForeignCardForged):
        read_foreign_card(code, {("330122", 1): other}, DAY)
    assert read_foreign_card(code, near | TRUSTED, DAY) == CARD


def test_a_trusted_county_cannot_sign_cards_of_another_one():
    mine = Ed25519PrivateKey.generate()
    trusted = {**TRUSTED, ("330127", 1): mine.public_key()}
    with pytest.raises(ForeignCardForged):
        read_foreign_card(encode_foreign_card(CARD, mine), trusted, DAY)


def test_nothing_but_the_named_fields_is_on_the_card():
    assert [field.name for field in fields(ForeignCard)] == [
        "county",
        "key_id",
        "serial",
        "issue_no",
        "issued_on",
        "valid_until",
    ]
    number = int(encode_foreign_card(CARD, KEY)).to_bytes(83, "big")
    assert (
        number[:19].hex()
        == "03" + "05098a" + "01" + "00ff12ab34cd" + "03" + "09c0" + "0c9a" + "000000"
    )


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"county": "33012"}, "county"),
        ({"county": "3301220"}, "county"),
        ({"county": "33012x"}, "county"),
        ({"county": "\uff1330122"}, "county"),
        ({"county": "-33012"}, "county"),
        ({"key_id": 256}, "key_id"),
        ({"key_id": -1}, "key_id"),
        ({"issue_no": 256}, "issue_no"),
        ({"issue_no": -1}, "issue_no"),
        ({"serial": "00FF12AB34CD"}, "serial"),
        ({"serial": "00ff12ab34"}, "serial"),
        ({"issued_on": date(2019, 12, 31)}, "issued_on"),
        ({"valid_until": date(2199, 6, 7)}, "valid_until"),
        ({"valid_until": date(2026, 10, 31)}, "valid_until"),
    ],
)
def test_a_card_that_does_not_fit_its_bytes_is_not_signed(changed, name):
    with pytest.raises(CardFieldInvalid) as refusal:
        encode_foreign_card(replace(CARD, **changed), KEY)
    assert refusal.value.name == name
