"""Signed card lists: the vectors, lookup, deltas, and everything that must not be believed."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import SnapshotInvalid
from pos.snapshot import (
    CardEntry,
    Flag,
    Header,
    Snapshot,
    card_hash,
    digest,
    entry_bytes,
    open_list,
    pack,
    sign_delta,
    sign_snapshot,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "snapshots.json").read_text(encoding="utf-8")
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["private_key_hex"]))
PUBLIC = Ed25519PublicKey.from_public_bytes(bytes.fromhex(VECTORS["public_key_hex"]))
AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
CODES = [f"{number:049d}" for number in range(40)]
ENTRIES = st.builds(
    CardEntry,
    st.none() | st.integers(0, 9),
    st.integers(0, 65_535).map(lambda units: units * 10),
    st.dates(date(2020, 1, 1), date(2199, 6, 1)),
    st.integers(1, 4),
    st.sampled_from([Flag(0), Flag.BLOCKED, Flag.ON_PLAN, Flag.BLOCKED | Flag.ON_PLAN]),
)
LISTS = st.dictionaries(st.sampled_from(CODES), ENTRIES, max_size=20)


def packed(entries: dict[str, CardEntry]) -> bytes:
    return pack(entry_bytes(code, entry) for code, entry in entries.items())


def header(entries: bytes, seq: int = 1, from_seq: int = 0, policy: str = "tonglu-demo") -> Header:
    return Header("330122", policy, seq, AT, len(entries) // 20, digest(entries), from_seq=from_seq)


def entry_of(row: dict[str, Any]) -> CardEntry:
    return CardEntry(
        row["tier"], row["spend_fen"], date.fromisoformat(row["last_day"]), row["meals_a_period"],
        Flag(row["flags"]),
    )  # fmt: skip


@pytest.mark.parametrize("row", VECTORS["entries"], ids=lambda row: row["code"][-4:])
def test_the_bytes_of_an_entry_are_those_of_the_vectors(row: dict[str, Any]) -> None:
    assert entry_bytes(row["code"], entry_of(row)).hex() == row["hex"]


def test_a_whole_list_of_the_vectors_is_made_and_opened() -> None:
    rows = {row["code"]: entry_of(row) for row in VECTORS["entries"]}
    entries = packed({code: rows[code] for code in VECTORS["whole_cards"]})
    assert sign_snapshot(header(entries), entries, KEY).hex() == VECTORS["whole_hex"]
    held = open_list(bytes.fromhex(VECTORS["whole_hex"]), PUBLIC)
    assert {code: held.find(code) for code in rows} == {
        code: rows[code] if code in VECTORS["whole_cards"] else None for code in rows
    }


def test_a_delta_of_the_vectors_is_made_and_applied() -> None:
    held = open_list(bytes.fromhex(VECTORS["whole_hex"]), PUBLIC)
    after = bytes.fromhex(VECTORS["after_delta_hex"])
    made = sign_delta(header(after, 2, 1), held.entries, after, KEY)
    assert made.hex() == VECTORS["delta_hex"]
    new = open_list(made, PUBLIC, held=held)
    assert (new.entries, new.header.seq) == (after, 2)
    found = [row["code"] for row in VECTORS["entries"] if new.find(row["code"])]
    assert found == VECTORS["delta_cards"]


@given(LISTS)
def test_every_card_of_a_list_is_found_and_no_other(rows: dict[str, CardEntry]) -> None:
    entries = packed(rows)
    held = open_list(sign_snapshot(header(entries), entries, KEY), PUBLIC)
    assert {code: held.find(code) for code in CODES} == {code: rows.get(code) for code in CODES}


@given(LISTS, LISTS)
def test_a_delta_leads_from_any_list_to_any_other(
    old: dict[str, CardEntry], new: dict[str, CardEntry]
) -> None:
    before, after = packed(old), packed(new)
    held = open_list(sign_snapshot(header(before), before, KEY), PUBLIC)
    delta = sign_delta(header(after, 2, 1), before, after, KEY)
    assert open_list(delta, PUBLIC, held=held).entries == after


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_list_with_any_byte_changed_is_refused(at: int, change: int) -> None:
    raw = bytearray(bytes.fromhex(VECTORS["whole_hex"]))
    raw[at % len(raw)] ^= change
    with pytest.raises(SnapshotInvalid) as caught:
        open_list(bytes(raw), PUBLIC)
    assert caught.value.fault == "signature"


@pytest.mark.parametrize("size", [0, 4, 71])
def test_a_list_that_is_too_short_has_no_format(size: int) -> None:
    with pytest.raises(SnapshotInvalid) as caught:
        open_list(bytes(size), PUBLIC)
    assert caught.value.fault == "format"


def test_a_list_of_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"x" * 32).public_key()
    with pytest.raises(SnapshotInvalid, match="signature"):
        open_list(bytes.fromhex(VECTORS["whole_hex"]), other)


@pytest.mark.parametrize(
    ("seq", "policy", "held"),
    [(7, "tonglu-demo", True), (1, "other", True), (1, "tonglu-demo", False)],
)
def test_a_delta_follows_only_the_list_it_was_made_from(seq: int, policy: str, held: bool) -> None:
    entries = packed({CODES[0]: CardEntry(0, 0, date(2030, 1, 1))})
    base = open_list(sign_snapshot(header(entries, seq, policy=policy), entries, KEY), PUBLIC)
    delta = sign_delta(header(entries, 2, 1), entries, entries, KEY)
    with pytest.raises(SnapshotInvalid) as caught:
        open_list(delta, PUBLIC, held=base if held else None)
    assert caught.value.fault == "sequence"


def test_a_signed_list_whose_entries_are_not_those_of_its_header_is_refused() -> None:
    entries = packed({CODES[0]: CardEntry(0, 0, date(2030, 1, 1))})
    with pytest.raises(SnapshotInvalid) as caught:
        open_list(sign_snapshot(header(b""), entries, KEY), PUBLIC)
    assert caught.value.fault == "content"


def test_every_card_takes_twenty_bytes_and_is_found_among_thousands() -> None:
    count = 2_000
    entry = CardEntry(1, 1200, date(2199, 6, 6))
    entries = pack(entry_bytes(str(number), entry) for number in range(count))
    assert len(entries) == 20 * count
    held = Snapshot(header(entries), entries)
    assert all(held.find(str(number)) == entry for number in range(0, count, 37))
    assert held.find("no card") is None


def test_a_card_is_named_by_twelve_bytes_that_do_not_tell_its_code() -> None:
    name = card_hash(CODES[1])
    assert len(name) == 12
    assert CODES[1].encode() not in entry_bytes(CODES[1], CardEntry(0, 0, date(2030, 1, 1)))


def test_what_may_be_drawn_is_cut_to_what_an_entry_can_say() -> None:
    last = date(2020, 1, 1) + timedelta(days=200_000)
    entries = pack([entry_bytes("1", CardEntry(0, 10_000_005, last))])
    found = Snapshot(header(entries), entries).find("1")
    assert found is not None
    assert (found.spend_fen, found.last_day) == (655_350, date(2020, 1, 1) + timedelta(days=65_535))
