"""The phone code: the vectors both ways, its time window, its secret, telling it from the card."""

import json
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.card import (
    CardCode,
    KeyRing,
    code_version,
    encode_card,
    format_card_number,
    read_card,
    read_card_number,
)
from pos.errors import (
    CardCharacters,
    CardFieldInvalid,
    CardForged,
    CardKeyUnknown,
    CardLength,
    CardRange,
    CardVersion,
    PhoneCodeStale,
    PhoneCodeTimeInvalid,
    PosError,
)
from pos.phone_code import PhoneReading, phone_code, phone_secret, read_phone_code

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
CARD_CODES = json.loads((VECTORS / "card_codes.json").read_text(encoding="utf-8"))
PHONE_CODES = json.loads((VECTORS / "phone_codes.json").read_text(encoding="utf-8"))
KEYS = KeyRing(8, {7: bytes(range(32)), 8: bytes(range(100, 140))})
CARD = CardCode(serial="00ff12ab34cd", issue_no=3, key_id=8)
AT = datetime(2026, 11, 20, 3, 5, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)
CARDS = st.builds(
    CardCode,
    serial=st.binary(min_size=6, max_size=6).map(bytes.hex),
    issue_no=st.integers(0, 255),
    key_id=st.sampled_from((7, 8)),
)
MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 # hypothesis wants its bounds without a zone
    timezones=st.sampled_from((UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-11)))),
)


def ring(vectors):
    stored = vectors["key_ring"]
    secrets = {int(key_id): bytes.fromhex(s) for key_id, s in stored["secrets_hex"].items()}
    return KeyRing(stored["issuing_id"], secrets)


def named(cases):
    return [pytest.param(case, id=case["name"]) for case in cases]


def refusal_of(read, *given):
    with pytest.raises(PosError) as refusal:
        read(*given)
    return refusal.value.code, vars(refusal.value)


@pytest.mark.parametrize("case", named(CARD_CODES["valid"]))
def test_a_card_of_the_vectors_is_written_and_read_as_they_say(case):
    card, keys = CardCode(**case["card"]), ring(CARD_CODES)
    assert encode_card(card, keys) == case["code"]
    assert read_card(case["code"], keys) == card
    assert code_version(case["code"]) == 1
    assert format_card_number(card.serial) == case["number"]
    assert read_card_number(case["number"]) == card.serial


@pytest.mark.parametrize("case", named(CARD_CODES["refused"]))
def test_a_code_that_is_no_card_is_refused_as_the_vectors_say(case):
    assert refusal_of(read_card, case["code"], ring(CARD_CODES)) == (case["error"], case["fields"])


@pytest.mark.parametrize("case", named(PHONE_CODES["valid"]))
def test_a_phone_code_of_the_vectors_is_shown_and_read_as_they_say(case):
    card, keys = CardCode(**case["card"]), ring(PHONE_CODES)
    secret = bytes.fromhex(case["secret_hex"])
    made_at, read_at = (datetime.fromisoformat(case[name]) for name in ("made_at", "read_at"))
    assert phone_secret(card, keys) == secret
    assert phone_code(card, secret, made_at) == case["code"]
    assert read_phone_code(case["code"], keys, read_at) == PhoneReading(card, case["step"])
    assert code_version(case["code"]) == 2


@pytest.mark.parametrize("case", named(PHONE_CODES["refused"]))
def test_a_code_that_is_no_phone_code_is_refused_as_the_vectors_say(case):
    read_at = datetime.fromisoformat(case["read_at"])
    found = refusal_of(read_phone_code, case["code"], ring(PHONE_CODES), read_at)
    assert found == (case["error"], case["fields"])


def test_the_names_within_a_vector_file_are_different():
    for vectors in (CARD_CODES, PHONE_CODES):
        names = [case["name"] for case in vectors["valid"] + vectors["refused"]]
        assert len(names) == len(set(names))


@given(CARDS, MOMENTS)
def test_every_card_survives_its_phone_code_at_every_moment_in_every_zone(card, at):
    code = phone_code(card, phone_secret(card, KEYS), at)
    assert len(code) == 49
    reading = read_phone_code(code, KEYS, at.astimezone(UTC))
    assert reading.card == card
    assert reading.step == int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 30)


@pytest.mark.parametrize("steps", range(-25, 26))
def test_a_code_is_right_next_to_its_step_stale_within_twenty_and_then_foreign(steps):
    code = phone_code(CARD, phone_secret(CARD, KEYS), AT + steps * STEP)
    if abs(steps) <= 1:
        made = read_phone_code(code, KEYS, AT + steps * STEP).step
        assert read_phone_code(code, KEYS, AT) == PhoneReading(CARD, made)
    elif abs(steps) <= 20:
        with pytest.raises(PhoneCodeStale) as refusal:
            read_phone_code(code, KEYS, AT)
        assert refusal.value.late_s == -30 * steps
    else:
        with pytest.raises(CardForged):
            read_phone_code(code, KEYS, AT)


def test_a_code_stays_the_same_within_its_step_and_changes_with_it():
    secret, first = phone_secret(CARD, KEYS), AT.replace(second=0)
    shown = [phone_code(CARD, secret, first + timedelta(seconds=s)) for s in (0, 29.999999, 30)]
    assert shown[0] == shown[1] != shown[2]


def test_every_card_issue_and_key_has_its_own_phone_secret():
    cards = [
        CardCode(serial, issue_no, key_id)
        for serial in ("00ff12ab34cd", "00ff12ab34ce")
        for issue_no in (3, 4)
        for key_id in (7, 8)
    ]
    found = {phone_secret(card, KEYS) for card in cards} | set(KEYS.secrets.values())
    assert len(found) == len(cards) + 2
    assert {len(phone_secret(card, KEYS)) for card in cards} == {32}


def test_the_phone_of_a_replaced_card_shows_codes_of_the_replaced_card_only():
    secret = phone_secret(CARD, KEYS)
    newer = CardCode(CARD.serial, CARD.issue_no + 1, CARD.key_id)
    assert read_phone_code(phone_code(CARD, secret, AT), KEYS, AT).card == CARD
    with pytest.raises(CardForged):
        read_phone_code(phone_code(newer, secret, AT), KEYS, AT)


def test_a_withdrawn_key_ends_its_phone_codes():
    card = CardCode("00ff12ab34cd", 0, 7)
    code = phone_code(card, phone_secret(card, KEYS), AT)
    with pytest.raises(CardKeyUnknown):
        read_phone_code(code, KeyRing(8, {8: bytes(32)}), AT)
    with pytest.raises(CardKeyUnknown):
        phone_secret(card, KeyRing(8, {8: bytes(32)}))


class NoOffset(tzinfo):
    """A zone that does not know its offset: such a moment is as good as naive."""

    def utcoffset(self, _moment):
        return None


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        (AT.replace(tzinfo=None), "naive"),
        (AT.replace(tzinfo=NoOffset()), "naive"),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "before_1970"),
        (datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=8))), "before_1970"),
    ],
)
def test_a_moment_without_zone_or_before_1970_is_refused(at, fault):
    secret = phone_secret(CARD, KEYS)
    code = phone_code(CARD, secret, AT)
    for call in (lambda: phone_code(CARD, secret, at), lambda: read_phone_code(code, KEYS, at)):
        with pytest.raises(PhoneCodeTimeInvalid) as refusal:
            call()
        assert refusal.value.fault == fault


@pytest.mark.parametrize(
    ("card", "name"),
    [
        (CardCode("00ff12ab34", 0, 8), "serial"),
        (CardCode("00FF12AB34CD", 0, 8), "serial"),
        (CardCode("00ff12ab34cd", 256, 8), "issue_no"),
        (CardCode("00ff12ab34cd", -1, 8), "issue_no"),
        (CardCode("00ff12ab34cd", 0, 256), "key_id"),
        (CardCode("00ff12ab34cd", 0, 8, version=2), "version"),
    ],
)
def test_a_card_that_does_not_fit_its_bytes_has_neither_secret_nor_code(card, name):
    for call in (lambda: phone_secret(card, KEYS), lambda: phone_code(card, bytes(32), AT)):
        with pytest.raises(CardFieldInvalid) as refusal:
            call()
        assert refusal.value.name == name


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_of_another_length_shows_no_code(length):
    with pytest.raises(CardFieldInvalid) as refusal:
        phone_code(CARD, bytes(length), AT)
    assert refusal.value.name == "secret"


def test_card_and_phone_code_of_one_person_are_told_apart_and_never_taken_for_each_other():
    card, phone = encode_card(CARD, KEYS), phone_code(CARD, phone_secret(CARD, KEYS), AT)
    assert (code_version(card), code_version(phone)) == (1, 2)
    with pytest.raises(CardVersion):
        read_card(phone, KEYS)
    with pytest.raises(CardVersion):
        read_phone_code(card, KEYS, AT)


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("", CardLength), ("1" * 200, CardLength), ("x" * 49, CardCharacters), ("9" * 49, CardRange)],
)
def test_a_version_is_asked_of_49_digits_only(code, refusal):
    with pytest.raises(refusal):
        code_version(code)
