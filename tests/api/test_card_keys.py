"""The card keys: turned while servers run, retired when nobody carries them, never half written."""

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from api import secrets
from api.card_reading import read_code
from api.cards import CardKeyInUse, ReplaceReason, replace_card, retire_key
from api.errors import sentence
from api.failures import NotFound, UnreadableFile
from api.house import House
from api.secrets import CardKeyIssuing, CardKeysFull, add_card_key, drop_card_key, read_secrets
from pos.errors import CardKeyUnknown
from pos.kinds import CardState
from pos.tables import Card
from tests.api.card_house import Run, code_of, live, runner, said, someone, with_own_keys

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def house(county: House) -> House:
    return with_own_keys(county)


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(house, monkeypatch)


def test_after_a_rotation_older_cards_stay_good_and_new_ones_carry_the_new_key(
    house: House, run: Run
) -> None:
    senior = someone(house)
    older = live(house, senior)
    assert said(run("rotate-key", "--json")) == {"issuing": 2, "still_live": 1}
    assert read_code(house, code_of(house, older), at=NOW).good
    run("issue", "--senior", senior)
    assert live(house, senior).key_id == 2
    assert read_code(house, code_of(house, live(house, senior)), at=NOW).good
    assert "retire" in sentence(CardKeysFull(1), "en")
    assert isinstance(run("rotate-key", code=1).exception, CardKeysFull)


def test_a_running_server_follows_a_rotation_without_a_restart(house: House) -> None:
    serving = replace(house, secrets=read_secrets(house.settings.keys_file))
    senior = someone(house)
    add_card_key(house.settings.keys_file)
    replace_card(house, senior, reason=ReplaceReason.NEW_KEY, now=NOW)
    code = code_of(house, live(house, senior))
    assert read_code(serving, code, at=NOW).good
    assert serving.secrets.card_key_id == 2


def test_a_key_is_retired_only_when_no_live_card_carries_it(house: House, run: Run) -> None:
    with pytest.raises(CardKeyIssuing):
        retire_key(house, 1, force=None, now=NOW)
    run("rotate-key")
    with pytest.raises(CardKeyInUse) as kept:
        retire_key(house, 1, force=None, now=NOW)
    count = kept.value.cards
    with house.database.read() as session:
        carrying = select(Card).where(Card.key_id == 1, Card.state == CardState.LIVE)
        assert count == len(session.exec(carrying).all()) > 0
    with pytest.raises(CardKeyInUse):
        retire_key(house, 1, force=count - 1, now=NOW)
    assert f"--force {count}" in sentence(kept.value, "en")
    older = live(house, someone(house))
    code = code_of(house, older)
    done = said(run("retire-key", 1, "--force", count, "--json"))
    assert done == {"key_id": 1, "revoked": count}
    with pytest.raises(CardKeyUnknown):
        read_code(house, code, at=NOW)
    assert set(house.secrets.card_keys) == {2}
    with pytest.raises(NotFound):
        retire_key(house, 1, force=None, now=NOW)


def test_a_retired_key_leaves_cards_that_can_still_be_printed(
    house: House, run: Run, tmp_path: Path
) -> None:
    run("rotate-key")
    senior = someone(house)
    with pytest.raises(CardKeyInUse) as kept:
        retire_key(house, 1, force=None, now=NOW)
    replace_card(house, senior, reason=ReplaceReason.NEW_KEY, now=NOW)
    retire_key(house, 1, force=kept.value.cards - 1, now=NOW)
    assert said(run("print", "--all", "--out", tmp_path / "all.pdf", "--json"))["cards"] == 1


def test_a_key_nobody_carries_goes_without_force(house: House, run: Run) -> None:
    with house.database.write(actor="test", action="test.revoke") as session:
        for card in session.exec(select(Card).where(Card.state == CardState.LIVE)).all():
            card.state = CardState.REVOKED
    run("rotate-key")
    assert "0 cards revoked" in run("retire-key", 1).stdout


def test_the_key_file_stays_private_and_is_replaced_whole(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = house.settings.keys_file
    add_card_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()

    def full_disk(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        drop_card_key(path, 1)
    assert path.read_bytes() == before


def test_rotating_keeps_the_keys_that_seal_id_numbers(house: House) -> None:
    path = house.settings.keys_file
    sealed, found = house.secrets.seal_id("330122195001011234"), house.secrets.search_hash("x")
    add_card_key(path)
    drop_card_key(path, 1)
    again = read_secrets(path)
    assert again.open_id(sealed) == "330122195001011234"
    assert again.search_hash("x") == found


def test_key_ids_go_round_after_255(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    read_secrets(path)
    stored = json.loads(path.read_text())
    stored |= {"card_keys": {"255": stored["card_keys"]["1"]}, "card_key_id": 255}
    path.write_text(json.dumps(stored))
    assert add_card_key(path) == 1
    assert set(read_secrets(path).card_keys) == {255, 1}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"card_keys": {"1": "zz"}, "card_key_id": 1}', '{"card_keys": 5}']
)
def test_a_broken_key_file_is_named_and_a_running_server_keeps_what_it_had(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "keys.json"
    serving = read_secrets(path)
    before = serving.card_keys
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFile):
        read_secrets(path)
    assert serving.card_keys == before
    path.unlink()
    assert serving.card_keys == before


def test_no_key_shows_in_a_traceback(tmp_path: Path) -> None:
    made = read_secrets(tmp_path / "keys.json")
    shown = repr(made) + repr(made.card_file.keys())
    for key in (made.seal_key, made.search_key, *made.card_keys.values()):
        assert repr(key) not in shown
        assert key.hex() not in shown


def test_two_programs_that_start_at_once_agree_on_one_key_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    secrets._write_first(path)
    first = path.read_bytes()
    secrets._write_first(path)
    assert path.read_bytes() == first
