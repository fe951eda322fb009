"""Who acts on money without a till, and where: staff by user name, and the sites they answer for."""

from collections.abc import Collection

from sqlmodel import Session

from api.auth import Person, Role
from api.failures import NotFound, NotYours
from api.handlers.scopes import sites_of
from api.tables import StaffUser
from kitchen.tables import Site

CASH_DESKS = frozenset({Role.CASHIER, Role.TOWNSHIP, Role.COUNTY})
"""Who takes and gives back money at a site: a cashier at the own one, offices at those they answer for."""
OFFICES = frozenset({Role.TOWNSHIP, Role.COUNTY})
"""Who proposes, approves and settles."""


def staff_person(session: Session, username: str) -> Person:
    """The member of staff whom a command names.

    Raises:
        NotFound: no such user.
        NotYours: the account is locked or its role is unknown.
    """
    user = session.get(StaffUser, username)
    if user is None:
        raise NotFound("user", username)
    if user.locked or user.role not in set(Role):
        raise NotYours(user.role)
    return Person(user.username, user.display_name, Role(user.role), user.scope)


def require_role(person: Person, roles: Collection[Role]) -> None:
    """Let only these roles pass.

    Raises:
        NotYours: another role.
    """
    if person.role not in roles:
        raise NotYours(person.role)


def require_site(session: Session, person: Person, site_id: str, roles: Collection[Role]) -> Site:
    """The site at which somebody of these roles may act.

    Raises:
        NotYours: another role, or a site the person does not answer for.
        NotFound: no such site.
    """
    require_role(person, roles)
    site = session.get(Site, site_id)
    if site is None:
        raise NotFound("site", site_id)
    sites = sites_of(session, person)
    if sites is not None and site_id not in sites:
        raise NotYours(person.role)
    return site


def require_township(person: Person, township_code: str) -> None:
    """Offices act in their own township; "" is the whole county, for county officers only.

    Raises:
        NotYours: another role or another township.
    """
    require_role(person, OFFICES)
    if person.role is Role.TOWNSHIP and person.scope != township_code:
        raise NotYours(person.role)
