"""The administrator's and the auditor's pages."""

from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromQuery
from sqlmodel import Session, col, select

from api.audit import head
from api.auth import Role, needs
from api.handlers.day_reading import read_day
from api.handlers.scopes import shown_day
from api.handlers.visits import Visit, house_of
from api.pages.rendering import page
from api.schemas import PolicyView
from api.tables import AuditBlock, CountyFact, StaffUser
from api.verify import Report, verify
from kitchen.tables import Site, Vehicle
from pos.tables import Card, Device, PolicyVersion, Senior

LAST_BLOCKS = 20


@get("/admin", guards=[needs(Role.ADMIN)], sync_to_thread=True)
def show_admin(request: Visit) -> Response[str]:
    """How many people, cards and devices there are, the policies, the staff. No name of a senior."""
    with house_of(request).database.read() as session:
        return page(
            request,
            "admin.html",
            seniors=_counted(session, Senior.state),
            cards=_counted(session, Card.state),
            sites=_counted(session, Site.kind),
            devices=session.exec(select(sa.func.count()).select_from(Device)).one(),
            vehicles=session.exec(select(sa.func.count()).select_from(Vehicle)).one(),
            policies=_policies(session),
            staff=_staff(session),
            facts=[(f.name, f.value) for f in session.exec(select(CountyFact).order_by("name"))],
        )


def _counted(session: Session, column: Any) -> list[tuple[str, int]]:
    rows = session.connection().execute(
        sa.select(column, sa.func.count()).group_by(column).order_by(column)
    )
    return [(str(value), int(count)) for value, count in rows]


def _policies(session: Session) -> list[PolicyView]:
    rows = session.exec(select(PolicyVersion).order_by(col(PolicyVersion.policy_id)))
    return [
        PolicyView(p.policy_id, p.district, p.effective_from, p.effective_to, p.text, p.sha256)
        for p in rows
    ]


def _staff(session: Session) -> list[tuple[str, str, str, str, bool]]:
    """(user name, name, role, scope, locked), never the password's hash."""
    rows = session.exec(select(StaffUser).order_by(col(StaffUser.role), col(StaffUser.username)))
    return [(s.username, s.display_name, s.role, s.scope, s.locked) for s in rows]


@get("/auditor", guards=[needs(Role.AUDITOR)], sync_to_thread=True)
def show_auditor(request: Visit, day: FromQuery[str | None] = None) -> Response[str]:
    """The head, the last blocks and the day's chain."""
    return _auditor_page(request, day, report=None)


@post("/auditor/verify", guards=[needs(Role.AUDITOR)], sync_to_thread=True, status_code=200)
def verify_now(request: Visit) -> Response[str]:
    """Recompute everything from the raw rows and show what was found; reads only."""
    return _auditor_page(request, None, report=verify(house_of(request).database))


def _auditor_page(request: Visit, day: str | None, *, report: Report | None) -> Response[str]:
    with house_of(request).database.read() as session:
        shown = shown_day(session, day)
        return page(
            request,
            "auditor.html",
            day=shown,
            head=head(session),
            blocks=_blocks(session),
            chain=read_day(session, shown),
            report=report,
        )


def _blocks(session: Session) -> list[tuple[int, object, str, str, str, str]]:
    """(number, moment, actor, action, tables, hash) of the newest blocks."""
    rows = session.exec(select(AuditBlock).order_by(col(AuditBlock.seq).desc()).limit(LAST_BLOCKS))
    return [(b.seq, b.at, b.actor, b.action, ", ".join(sorted(b.changes)), b.sha256) for b in rows]
