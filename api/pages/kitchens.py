"""Which kitchen a page shows: one's own, or for county and auditor any."""

from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from api.auth import Person, Role
from api.failures import NotFound
from kitchen.tables import Site

Fed = aliased(Site)


def kitchen_of(session: Session, person: Person, wish: str | None) -> tuple[list[Site], Site]:
    """The kitchens a person may choose from, those that cook for most sites first, and the wished one or the first.

    Raises:
        NotFound: there is no such kitchen for this person.
    """
    fed = select(func.count()).where(col(Fed.kitchen_id) == col(Site.site_id)).scalar_subquery()
    query = select(Site).order_by(fed.desc(), col(Site.name), col(Site.site_id))
    if person.role is Role.KITCHEN:
        query = query.where(col(Site.site_id) == person.scope)
    else:
        query = query.where(col(Site.site_id) == col(Site.kitchen_id))
    kitchens = list(session.exec(query))
    for site in kitchens:
        if not wish or site.site_id == wish:
            return kitchens, site
    raise NotFound("kitchen", (wish or "-")[:64])


def head_values(kitchens: list[Site], chosen: Site) -> dict[str, Any]:
    """What the head of every kitchen page shows: the kitchen, and those to choose from."""
    return {
        "kitchen_id": chosen.site_id,
        "kitchen_name": chosen.name,
        "kitchens": [(site.site_id, site.name) for site in kitchens],
    }


def site_names(session: Session, kitchen_id: str) -> dict[str, str]:
    """Names of the sites a kitchen cooks for, by id, in the order of the names."""
    query = select(Site.site_id, Site.name).where(col(Site.kitchen_id) == kitchen_id)
    return dict(session.exec(query.order_by(col(Site.name), col(Site.site_id))).all())
