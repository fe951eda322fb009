"""What the tests of cards share: a county with a key file of its own, its commands, its cards."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session, col, select

from api.charging import card_keys
from api.commands import card as card_commands
from api.house import House
from api.secrets import read_secrets
from pos.card import CardCode, encode_card
from pos.kinds import CardState
from pos.tables import Card, Senior

Run = Callable[..., Result]


def with_own_keys(county: House) -> House:
    """The demo county with a key file of its own, whose first key is the one its cards were made with."""
    path = county.settings.keys_file
    stored = {
        "card_keys": {str(k): v.hex() for k, v in county.secrets.card_keys.items()},
        "card_key_id": county.secrets.card_key_id,
        "seal_key": county.secrets.seal_key.hex(),
        "search_key": county.secrets.search_key.hex(),
    }
    path.write_text(json.dumps(stored), encoding="utf-8")
    return replace(county, secrets=read_secrets(path))


def runner(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``nuanzao card ...`` in this process, on a test's database."""
    monkeypatch.setattr(card_commands, "open_house", lambda: house)

    def go(*words: object, code: int = 0) -> Result:
        done = CliRunner().invoke(card_commands.card, [str(word) for word in words])
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return go


def said(result: Result) -> Any:
    """The JSON object a command printed."""
    return json.loads(result.stdout)


def someone(house: House) -> str:
    """A senior who holds exactly one card, and it is live."""
    with house.database.read() as session:
        for senior_id in session.exec(select(Senior.senior_id).order_by(col(Senior.senior_id))):
            cards = cards_of(session, senior_id)
            if [card.state for card in cards] == [CardState.LIVE]:
                return senior_id
    raise AssertionError


def cards_of(session: Session, senior_id: str) -> list[Card]:
    mine = select(Card).where(Card.senior_id == senior_id)
    return list(session.exec(mine.order_by(col(Card.issued_at), col(Card.issue_no))).all())


def live(house: House, senior_id: str) -> Card:
    with house.database.read() as session:
        (card,) = [c for c in cards_of(session, senior_id) if c.state == CardState.LIVE]
    return card


def code_of(house: House, card: Card) -> str:
    return encode_card(CardCode(card.serial, card.issue_no, card.key_id), card_keys(house))
