"""The register during a scenario: deaths, lost cards and new ones, another card key; and whose card a code is."""

import random
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from api.charging import card_keys
from api.simulation.county import County, Elder, key_file
from api.simulation.ledger import day_of
from api.simulation.server import Server
from api.simulation.told import Facts
from pos.card import CardCode, encode_card
from pos.kinds import CardState, SeniorState
from pos.tables import Card, Senior

OLD_CARD = 0.15
"""How often the older card is shown once there is a newer one."""


class Register:
    """Who has which card. What is changed here is told to the ledger's facts as well."""

    def __init__(self, server: Server, county: County, facts: Facts) -> None:
        self._server, self._facts = server, facts
        self._by_id = {elder.person.senior_id: elder for elder in county.elders}
        self._cards = {elder.serial: [(1, 1)] for elder in county.elders}
        self._owners: dict[str, tuple[Elder, tuple[str, int]]] = {}

    def card_shown(self, elder: Elder, chance: random.Random) -> str:
        """The code of the card that is shown: the newest, now and then the one that was reported lost."""
        cards = self._cards[elder.serial]
        old = len(cards) > 1 and chance.random() < OLD_CARD
        issue_no, key_id = cards[0] if old else cards[-1]
        code = encode_card(CardCode(elder.serial, issue_no, key_id), card_keys(self._server.house))
        self._owners[code] = elder, (elder.serial, issue_no)
        return code

    def owner(
        self, code: str | None, senior_id: str | None
    ) -> tuple[Elder | None, tuple[str, int] | None]:
        """Whose meal it is, and by which card."""
        if code is not None:
            return self._owners[code]
        return (self._by_id[senior_id] if senior_id else None), None

    def record_death(self, elder: Elder, now: datetime, *, days_ago: int) -> None:
        """An elder has died, and the register hears of it now."""
        senior_id = elder.person.senior_id
        if senior_id in self._facts.deaths:
            return
        since = day_of(now) - timedelta(days=days_ago)
        with self._server.house.database.write(actor="registry", action="senior.died") as session:
            senior = session.get_one(Senior, senior_id)
            senior.state, senior.state_since = SeniorState.DECEASED, since
        self._facts.deaths[senior_id] = since, now

    def reissue(self, elder: Elder, now: datetime) -> None:
        """A card was lost: it is blocked, and the next issue takes its place."""
        issue_no, _key = self._cards[elder.serial][-1]
        key_id = card_keys(self._server.house).issuing_id
        with self._server.house.database.write(actor="registry", action="card.replace") as session:
            self._block(session, elder.serial, issue_no, now=now)
            session.add(
                Card(
                    serial=elder.serial, issue_no=issue_no + 1, key_id=key_id,
                    senior_id=elder.person.senior_id, state=CardState.LIVE, issued_at=now,
                )
            )  # fmt: skip
        self._facts.blocked[elder.serial, issue_no] = now
        self._cards[elder.serial].append((issue_no + 1, key_id))

    @staticmethod
    def _block(session: Session, serial: str, issue_no: int, *, now: datetime) -> None:
        card = session.get_one(Card, (serial, issue_no))
        card.state, card.revoked_at, card.reason = CardState.REVOKED, now, "lost"

    def rotate_keys(self) -> None:
        """New cards are made with a second key from now on."""
        path: Path = self._server.house.settings.keys_file
        draft = path.with_suffix(".new")
        draft.write_text(key_file(rotated=True), encoding="ascii")
        draft.replace(path)
