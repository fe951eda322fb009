"""The 49-digit card: round trips, named refusals, no forgery accepted."""

import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.card import (
    CODE_DIGITS,
    CardCode,
    KeyRing,
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
    CardNumberInvalid,
    CardRange,
    CardVersion,
    KeyRingInvalid,
    PosError,
)

OLD, NEW = bytes(range(32)), bytes(range(100, 140))
KEYS = KeyRing(8, {7: OLD, 8: NEW})
CARD = CardCode(serial="00ff12ab34cd", issue_no=3, key_id=8)
SERIALS = st.binary(min_size=6, max_size=6).map(bytes.hex)
CARDS = st.builds(
    CardCode, serial=SERIALS, issue_no=st.integers(0, 255), key_id=st.sampled_from((7, 8))
)


def digits_of(body_and_tag):
    return str(int.from_bytes(body_and_tag, "big")).zfill(CODE_DIGITS)


@given(CARDS)
def test_every_card_survives_its_code(card):
    code = encode_card(card, KEYS)
    assert len(code) == 49
    assert code.isdigit()
    assert read_card(code, KEYS) == card


def test_a_code_is_the_same_on_every_machine_and_day():
    assert (
        encode_card(CARD, KEYS) == "0005887483529230706963851774572985086837597153788"
    )  # made with openssl dgst -mac HMAC


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("", CardLength),
        ("1" * 48, CardLength),
        ("1" * 50, CardLength),
        (encode_card(CARD, KEYS) + "\n", CardLength),
        ("1" * 48 + "x", CardCharacters),
        ("1" * 48 + "\uff11", CardCharacters),
        ("-" + "1" * 48, CardCharacters),
        ("9" * 49, CardRange),
        (str(2**160), CardRange),
        (digits_of(bytes([2, 8]) + bytes(18)), CardVersion),
        ("0" * 49, CardVersion),
        (digits_of(bytes([1, 9]) + bytes(18)), CardKeyUnknown),
        (digits_of(bytes([1, 8]) + bytes(18)), CardForged),
    ],
)
def test_each_failure_has_its_own_name(code, refusal):
    with pytest.raises(refusal):
        read_card(code, KEYS)


def test_an_unknown_version_and_key_are_named():
    with pytest.raises(CardVersion) as refusal:
        read_card(digits_of(bytes([2, 8]) + bytes(18)), KEYS)
    assert refusal.value.version == 2
    with pytest.raises(CardKeyUnknown) as unknown:
        read_card(digits_of(bytes([1, 9]) + bytes(18)), KEYS)
    assert unknown.value.key_id == 9


def test_the_first_strange_character_is_pointed_at():
    with pytest.raises(CardCharacters) as refusal:
        read_card("12345é" + "1" * 43, KEYS)
    assert refusal.value.position == 5


def forgeries(count):
    """Mutations of a true code and codes made without the key, none equal to the true code."""
    rng = random.Random(20260101)
    true = encode_card(CARD, KEYS)
    raw = int(true).to_bytes(20, "big")
    stranger = KeyRing(8, {8: rng.randbytes(32)})
    for turn in range(count):
        kind = turn % 6
        if kind == 0:  # one digit
            place = rng.randrange(49)
            digit = str((int(true[place]) + rng.randint(1, 9)) % 10)
            yield true[:place] + digit + true[place + 1 :]
        elif kind == 1:  # some digits anywhere
            code = list(true)
            for place in rng.sample(range(49), rng.randint(2, 10)):
                code[place] = str((int(code[place]) + rng.randint(1, 9)) % 10)
            yield "".join(code)
        elif kind == 2:  # one bit
            place = rng.randrange(160)
            yield digits_of((int.from_bytes(raw, "big") ^ (1 << place)).to_bytes(20, "big"))
        elif kind == 3:  # another serial or issue under the old tag
            yield digits_of(raw[:2] + rng.randbytes(7) + raw[9:])
        elif kind == 4:  # right body, guessed tag
            yield digits_of(raw[:9] + rng.randbytes(11))
        else:  # a well-made card under a stranger's key
            yield encode_card(CardCode(rng.randbytes(6).hex(), rng.randrange(256), 8), stranger)


def test_none_of_120_000_forged_or_mutated_codes_is_accepted():
    accepted, tried = [], 0
    for code in forgeries(120_000):
        tried += 1
        try:
            accepted.append(read_card(code, KEYS))
        except PosError:
            continue
    assert (accepted, tried) == ([], 120_000)


def test_every_swap_of_two_neighbouring_digits_is_refused():
    true = encode_card(CARD, KEYS)
    for place in range(48):
        code = true[:place] + true[place + 1] + true[place] + true[place + 2 :]
        if code != true:
            with pytest.raises(PosError):
                read_card(code, KEYS)


def test_a_card_of_the_older_key_reads_until_that_key_is_withdrawn():
    code = encode_card(CardCode("00ff12ab34cd", 0, 7), KEYS)
    assert read_card(code, KEYS).key_id == 7
    with pytest.raises(CardKeyUnknown):
        read_card(code, KeyRing(8, {8: NEW}))


def test_a_code_of_one_key_never_passes_under_the_other_id():
    raw = int(encode_card(CARD, KEYS)).to_bytes(20, "big")
    with pytest.raises(CardForged):
        read_card(digits_of(raw[:1] + bytes([7]) + raw[2:]), KEYS)


@pytest.mark.parametrize(
    ("card", "refusal"),
    [
        (CardCode("00ff12ab34", 0, 8), CardFieldInvalid),
        (CardCode("00FF12AB34CD", 0, 8), CardFieldInvalid),
        (CardCode("00ff12ab34cd", 256, 8), CardFieldInvalid),
        (CardCode("00ff12ab34cd", -1, 8), CardFieldInvalid),
        (CardCode("00ff12ab34cd", 0, 8, version=2), CardFieldInvalid),
        (CardCode("00ff12ab34cd", 0, 9), CardKeyUnknown),
    ],
)
def test_a_card_that_does_not_fit_its_bytes_is_not_issued(card, refusal):
    with pytest.raises(refusal):
        encode_card(card, KEYS)


@pytest.mark.parametrize(
    ("issuing_id", "keys", "fault"),
    [
        (1, {}, "count"),
        (1, {1: OLD, 2: NEW, 3: bytes(32)}, "count"),
        (3, {1: OLD}, "issuing_id"),
        (256, {256: OLD}, "key_id"),
        (1, {1: b"short"}, "secret"),
        (1, {1: OLD, 2: OLD}, "secret"),
    ],
)
def test_keys_that_cannot_work_together_are_refused(issuing_id, keys, fault):
    with pytest.raises(KeyRingInvalid) as refusal:
        KeyRing(issuing_id, keys)
    assert refusal.value.fault == fault


def test_a_key_ring_never_shows_its_secrets_and_cannot_be_changed():
    mine = {1: OLD}
    ring = KeyRing(1, mine)
    mine[2] = NEW
    assert repr(OLD) not in repr(ring)
    assert list(ring.secrets) == [1]


@given(SERIALS)
def test_every_serial_survives_its_readable_number(serial):
    text = format_card_number(serial)
    assert read_card_number(text) == serial
    assert read_card_number(text.replace(" ", "-")) == serial
    assert [len(group) for group in text.split(" ")] == [4, 4, 4, 4]


@given(SERIALS)
def test_every_mistyped_digit_and_every_swap_is_found_in_the_readable_number(serial):
    right = format_card_number(serial).replace(" ", "")
    wrong = {right[:i] + d + right[i + 1 :] for i in range(16) for d in "0123456789"}
    wrong |= {right[:i] + right[i + 1] + right[i] + right[i + 2 :] for i in range(15)}
    for text in wrong - {right}:
        with pytest.raises(CardNumberInvalid):
            read_card_number(text)


@pytest.mark.parametrize("text", ["", "123", "1234 5678 9012 345x", "\uff11234567890123456"])
def test_a_readable_number_has_sixteen_digits(text):
    with pytest.raises(CardNumberInvalid) as refusal:
        read_card_number(text)
    assert refusal.value.fault == "shape"


def test_a_readable_number_above_six_bytes_is_refused():
    for last in range(10):
        with pytest.raises(CardNumberInvalid) as refusal:
            read_card_number(f"{2**48}{last}")
        if refusal.value.fault == "range":
            return
    pytest.fail("no check digit led to the range")


def test_a_fresh_serial_fits():
    card = CardCode(secrets.token_hex(6), 0, KEYS.issuing_id)
    assert read_card(encode_card(card, KEYS), KEYS) == card
