"""Money without a meal over HTTP: purses, disputes, refund list, and what takes four eyes."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody, PathParameter

from api import clock
from api.auth import Role, needs
from api.disputes import DisputeLine, open_disputes, settle_dispute
from api.failures import NotFound, NotYours
from api.grants import PostingReport, Proposed, post_grants, propose_grants
from api.handlers.scopes import checked_day, sites_of
from api.handlers.visits import ID_PATTERN, Visit, house_of, strict_json
from api.movement_writing import WAITING, MovementAnswer
from api.proposals import ProposalView, approve, list_proposals, reject
from api.purses import donate, pay_out, pay_plan, refund, top_up
from api.refund_list import PurseLine, list_purses, refund_list
from api.schemas import Problem
from pos.movement_requests import (
    DonationRequest,
    Month,
    PayOutRequest,
    PlanRequest,
    RefundRequest,
    SettleRequest,
    TopUpRequest,
)
from pos.requests import Id, Words
from pos.tables import Senior

SeniorId = Annotated[str, PathParameter(pattern=ID_PATTERN, max_length=64, description="senior id")]
_DESKS = (Role.CASHIER, Role.TOWNSHIP, Role.COUNTY)
_OFFICES = (Role.TOWNSHIP, Role.COUNTY)
_READERS = (*_OFFICES, Role.AUDITOR)
_SAID = {
    404: ResponseSpec(Problem, description="no such person, site, purse, charge or proposal"),
    409: ResponseSpec(Problem, description="the id was used for something else, or it is decided"),
    422: ResponseSpec(Problem, description="refused: code and sentence say why"),
}


class DecisionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve a proposal, or reject it with a reason."""

    proposal_id: Id
    approved: bool
    reason: Words | None = None


class GrantsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A month's grants for a township, or ("") for the county."""

    month: Month
    township: Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[0-9]*$(?!\n)")] = ""


class PostRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which approved batch of grants to post."""

    proposal_id: Id


@post(
    "/api/purses/top-up",
    guards=[needs(*_DESKS)],
    before_request=strict_json(TopUpRequest),
    sync_to_thread=True,
    status_code=200,
    responses=_SAID,
)
def post_top_up(request: Visit, data: JSONBody[TopUpRequest]) -> MovementAnswer:
    """Take money into a senior's own purse. Sending the same body again takes nothing."""
    return top_up(house_of(request), data, by=request.user, now=clock.now())


@post(
    "/api/purses/refund",
    guards=[needs(*_DESKS)],
    before_request=strict_json(RefundRequest),
    sync_to_thread=True,
    status_code=200,
    responses={**_SAID, 202: ResponseSpec(MovementAnswer, description="waits for approval")},
)
def post_refund(request: Visit, data: JSONBody[RefundRequest]) -> Response[MovementAnswer]:
    """Give own money back in cash; above the limit it waits for a second person (202)."""
    return _answer(refund(house_of(request), data, by=request.user, now=clock.now()))


@post(
    "/api/purses/pay-out",
    guards=[needs(*_OFFICES)],
    before_request=strict_json(PayOutRequest),
    sync_to_thread=True,
    status_code=200,
    responses={**_SAID, 202: ResponseSpec(MovementAnswer, description="waits for approval")},
)
def post_pay_out(request: Visit, data: JSONBody[PayOutRequest]) -> Response[MovementAnswer]:
    """Empty a purse of somebody gone, or whose site closes; above the limit it waits (202)."""
    return _answer(pay_out(house_of(request), data, by=request.user, now=clock.now()))


def _answer(answer: MovementAnswer) -> Response[MovementAnswer]:
    return Response(answer, status_code=202 if answer.fate == WAITING else 200)


@post(
    "/api/purses/donation",
    guards=[needs(*_OFFICES)],
    before_request=strict_json(DonationRequest),
    sync_to_thread=True,
    status_code=200,
    responses=_SAID,
)
def post_donation(request: Visit, data: JSONBody[DonationRequest]) -> MovementAnswer:
    """Book a gift into a senior's charity purse of its earmark."""
    return donate(house_of(request), data, by=request.user, now=clock.now())


@post(
    "/api/purses/plan",
    guards=[needs(*_DESKS)],
    before_request=strict_json(PlanRequest),
    sync_to_thread=True,
    status_code=200,
    responses=_SAID,
)
def post_plan(request: Visit, data: JSONBody[PlanRequest]) -> MovementAnswer:
    """Take the fee of a month's flat plan, once."""
    return pay_plan(house_of(request), data, by=request.user, now=clock.now())


@get(
    "/api/seniors/{senior_id:str}/purses",
    guards=[needs(*_DESKS, Role.AUDITOR)],
    sync_to_thread=True,
)
def get_purses(request: Visit, senior_id: SeniorId) -> list[PurseLine]:
    """The purses of one senior, for the own site, township or county."""
    with house_of(request).database.read() as session:
        senior = session.get(Senior, senior_id)
        if senior is None:
            raise NotFound("senior", senior_id)
        sites = sites_of(session, request.user)
        if sites is not None and senior.site_id not in sites:
            raise NotYours(request.user.role)
        return list_purses(session, senior_id)


@get("/api/refund-list", guards=[needs(*_READERS)], sync_to_thread=True)
def get_refund_list(request: Visit, site: FromQuery[str | None] = None) -> list[PurseLine]:
    """Purses with money of people who are gone, or of everybody at ``site``."""
    with house_of(request).database.read() as session:
        lines = refund_list(session, today=clock.today(), site=site)
        sites = sites_of(session, request.user)
    return [line for line in lines if sites is None or line.site_id in sites]


@get("/api/disputes", guards=[needs(*_DESKS, Role.AUDITOR)], sync_to_thread=True)
def get_disputes(request: Visit, day: FromQuery[str | None] = None) -> list[DisputeLine]:
    """Charges of tills off line that are still disputed, of one day or of all."""
    with house_of(request).database.read() as session:
        sites = sites_of(session, request.user)
        return open_disputes(session, sites=sites, day=checked_day(day) if day else None)


@post(
    "/api/disputes/settle",
    guards=[needs(*_DESKS)],
    before_request=strict_json(SettleRequest),
    sync_to_thread=True,
    status_code=200,
    responses=_SAID,
)
def post_settlement(request: Visit, data: JSONBody[SettleRequest]) -> MovementAnswer:
    """Settle a disputed charge, or a part of it; a cashier settles in cash only."""
    return settle_dispute(house_of(request), data, by=request.user, now=clock.now())


@get("/api/proposals", guards=[needs(*_READERS)], sync_to_thread=True)
def get_proposals(request: Visit) -> list[ProposalView]:
    """What takes four eyes, the newest first."""
    with house_of(request).database.read() as session:
        return list_proposals(session, by=request.user)


@post(
    "/api/proposals/decide",
    guards=[needs(*_OFFICES)],
    before_request=strict_json(DecisionRequest),
    sync_to_thread=True,
    status_code=200,
    responses=_SAID,
)
def post_decision(request: Visit, data: JSONBody[DecisionRequest]) -> ProposalView:
    """Approve a proposal as the second person, or reject it."""
    house, by = house_of(request), request.user
    if data.approved:
        return approve(house, data.proposal_id, by=by, now=clock.now())
    return reject(house, data.proposal_id, by=by, reason=data.reason or "", now=clock.now())


@post(
    "/api/grants",
    guards=[needs(*_OFFICES)],
    before_request=strict_json(GrantsRequest),
    sync_to_thread=True,
    status_code=200,
    responses=_SAID,
)
def post_proposal(request: Visit, data: JSONBody[GrantsRequest]) -> Proposed:
    """Propose a month's allowance grants as one batch."""
    return propose_grants(
        house_of(request), month=data.month, township=data.township, by=request.user,
        now=clock.now(),
    )  # fmt: skip


@post(
    "/api/grants/post",
    guards=[needs(*_OFFICES)],
    before_request=strict_json(PostRequest),
    sync_to_thread=True,
    status_code=200,
    responses=_SAID,
)
def post_batch(request: Visit, data: JSONBody[PostRequest]) -> PostingReport:
    """Post an approved batch; sent again, it posts what is still missing."""
    return post_grants(house_of(request), data.proposal_id, by=request.user, now=clock.now())


ENDPOINTS = (
    post_top_up, post_refund, post_pay_out, post_donation, post_plan, get_purses, get_refund_list,
    get_disputes, post_settlement, get_proposals, post_decision, post_proposal, post_batch,
)  # fmt: skip
