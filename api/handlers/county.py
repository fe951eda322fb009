"""Health, session, policies and the audit head."""

from importlib.metadata import version
from typing import Annotated

from litestar import get
from litestar.params import PathParameter

from api.audit import head
from api.auth import EVERYBODY, Role, csrf_token, form_secret, needs
from api.failures import NotFound
from api.handlers.visits import ID_PATTERN, Visit, house_of
from api.migrate import current_revision
from api.schemas import HeadView, Health, PolicyView, SessionView
from pos.tables import PolicyVersion

PolicyId = Annotated[str, PathParameter(pattern=ID_PATTERN, max_length=64, description="policy id")]


@get("/health", sync_to_thread=True)
def get_health(request: Visit) -> Health:
    """Whether server and database answer; open to everybody."""
    database = house_of(request).database
    with database.read() as session:
        seq, _sha256 = head(session)
    return Health("ok", version("nuanzao"), current_revision(database), seq)


@get("/api/session", guards=[needs(*EVERYBODY)], sync_to_thread=False)
def get_session(request: Visit) -> SessionView:
    """Who is signed in, and the token that every POST must carry."""
    person = request.user
    token = csrf_token(house_of(request), form_secret(request))
    return SessionView(person.username, person.display_name, person.role, person.scope, token)


@get("/api/policies/{policy_id:str}", guards=[needs(*EVERYBODY)], sync_to_thread=True)
def get_policy(request: Visit, policy_id: PolicyId) -> PolicyView:
    """A stored policy with its text: rules are public, so every role may read them."""
    with house_of(request).database.read() as session:
        row = session.get(PolicyVersion, policy_id)
    if row is None:
        raise NotFound("policy", policy_id)
    return PolicyView(
        row.policy_id, row.district, row.effective_from, row.effective_to, row.text, row.sha256
    )


@get(
    "/api/audit/head",
    guards=[needs(Role.COUNTY, Role.ADMIN, Role.AUDITOR)],
    sync_to_thread=True,
)
def get_audit_head(request: Visit) -> HeadView:
    """The newest block of the audit chain."""
    with house_of(request).database.read() as session:
        return HeadView(*head(session))
