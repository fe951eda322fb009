"""Somebody of the demo county at a keyboard: JSON and forms with a session of the own role."""

import hashlib
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from api import clock
from api.auth import SESSION_COOKIE, csrf_token, token_hash
from api.house import House
from api.tables import StaffSession, StaffUser


class Desk:
    """Speaks JSON as somebody of the demo county."""

    def __init__(self, house: House, client: Any, role: str, scope: str | None = None) -> None:
        self.client, token = client, hashlib.sha256(role.encode()).hexdigest()
        with house.database.write(actor="t", action="t") as session:
            query = sa.select(StaffUser).where(col(StaffUser.role) == role)
            if scope:
                query = query.where(col(StaffUser.scope) == scope)
            user = session.scalars(query.order_by(col(StaffUser.username))).first()
            assert user is not None
            self.scope, now = user.scope, clock.now()
            session.add(
                StaffSession(
                    token_hash=token_hash(token), username=user.username, started_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )  # fmt: skip
        self.how = {SESSION_COOKIE: token}, {"x-csrf-token": csrf_token(house, token)}

    def get(self, path: str, **query: Any) -> Any:
        self.client.cookies.clear()
        self.client.cookies.update(self.how[0])
        return self.client.get(path, params=query)

    def post(self, path: str, body: Any = None) -> Any:
        self.client.cookies.clear()
        self.client.cookies.update(self.how[0])
        return self.client.post(path, json=body, headers=self.how[1])

    def form(self, path: str, **fields: Any) -> Any:
        """POST a form with its token; redirects are not followed."""
        self.client.cookies.clear()
        self.client.cookies.update(self.how[0])
        data = {"csrf": self.how[1]["x-csrf-token"], **fields}
        return self.client.post(path, data=data, follow_redirects=False)
