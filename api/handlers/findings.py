"""The checks of a month over HTTP: run them, see what is open, say what came of it."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery
from sqlmodel import Session, col, select

from api import clock
from api.auth import Person, Role, needs
from api.claims import month_bounds
from api.failures import NotFound, NotYours
from api.finding_views import MonthCheckView, MonthFindingView, check_view, finding_view
from api.handlers.scopes import Sites, sites_of
from api.handlers.visits import Visit, house_of, strict_json
from api.schemas import Line, Problem
from api.settlement.month_check import check_month, settle, stored_findings
from kitchen.tables import Site
from pos.settlement_tables import FindingState, MonthFinding

READERS = needs(Role.CASHIER, Role.KITCHEN, Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR)
WRITERS = needs(Role.KITCHEN, Role.TOWNSHIP, Role.COUNTY)
CHECKERS = needs(Role.TOWNSHIP, Role.COUNTY)
Month = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}$", max_length=7)]


class CheckMonthRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Run the checks of a month for the own sites."""

    month: Month


class FindingSettleRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a finding, with the reason."""

    finding_id: Line
    state: FindingState
    reason: Line


_CHECK = {"month": "2026-11"}
_SETTLE = {"finding_id": "F-2026-11-0a1b2c3d4e5f", "state": "EXPLAINED", "reason": "重阳节集体用餐"}
CheckBody = Annotated[CheckMonthRequest, Body(examples=[Example(summary="a month", value=_CHECK)])]
SettleBody = Annotated[
    FindingSettleRequest, Body(examples=[Example(summary="explained", value=_SETTLE)])
]
UNKNOWN = ResponseSpec(Problem, description="no such month or finding")


@get("/api/findings", guards=[READERS], sync_to_thread=True)
def get_findings(request: Visit, month: FromQuery[str]) -> tuple[MonthFindingView, ...]:
    """What the checks of a month have found at the own sites, open errors first."""
    month_bounds(month)
    with house_of(request).database.read() as session:
        own = sites_of(session, request.user)
        names = site_names(session)
        return tuple(finding_view(one, names) for one in stored_findings(session, month, own))


@post(
    "/api/findings/check", guards=[CHECKERS], before_request=strict_json(CheckMonthRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_check_month(request: Visit, data: CheckBody) -> MonthCheckView:
    """Run every check of a month for the own sites, and store what they find."""
    house, now = house_of(request), clock.now()
    month_bounds(data.month)
    with house.database.read() as session:
        own = sites_of(session, request.user)
        names = site_names(session)
    checked = check_month(house, data.month, sites=own, by=request.user.username, now=now)
    return check_view(checked, names)


@post(
    "/api/findings/settle", guards=[WRITERS], before_request=strict_json(FindingSettleRequest),
    sync_to_thread=True, status_code=200, responses={404: UNKNOWN},
)  # fmt: skip
def post_settle(request: Visit, data: SettleBody) -> MonthFindingView:
    """Say what came of a finding of the own sites: explained, corrected, or open again."""
    house, person = house_of(request), request.user
    with house.database.read() as session:
        _require_own(session, person, data.finding_id, sites_of(session, person))
        names = site_names(session)
    row = settle(
        house, data.finding_id, data.state, data.reason, by=person.username, now=clock.now()
    )  # fmt: skip
    return finding_view(row, names)


def _require_own(session: Session, person: Person, finding_id: str, own: Sites) -> None:
    row = session.get(MonthFinding, finding_id)
    if row is None:
        raise NotFound("finding", finding_id)
    if own is not None and row.site_id not in own:
        raise NotYours(person.role)


def site_names(session: Session) -> dict[str, str]:
    """Every site's name by id."""
    return dict(session.exec(select(col(Site.site_id), col(Site.name))).all())


ENDPOINTS = (get_findings, post_check_month, post_settle)
