"""Papers that a page offers to print: the record of a kitchen's day, labels of samples and boxes, a site's week."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, PathParameter
from sqlmodel import Session

from api import clock
from api.auth import Role, needs
from api.failures import NotFound
from api.handlers.scopes import checked_day, own_kitchen, shown_day, sites_of
from api.handlers.visits import ID_PATTERN, Visit, house_of
from api.pages.rendering import lang_of
from api.printouts.facts import DayFacts, read_facts
from api.printouts.safety import production_records, sample_labels
from api.printouts.wall import wall_menus
from kitchen.day_tables import DayRecord
from kitchen.tables import Site
from printing.printed import Printed
from printing.production_record import draw_production_records
from printing.sample_label import draw_sample_labels
from printing.wall_menu import draw_wall_menus
from printing.words import Lang

SiteId = Annotated[str, PathParameter(pattern=ID_PATTERN, max_length=64)]
KITCHENS = needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)


def _lang(request: Visit) -> Lang:
    return "en" if lang_of(request) == "en" else "zh"


def _pdf(printed: Printed, name: str) -> Response[bytes]:
    return Response(
        printed.pdf, media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{name}.pdf"'},
    )  # fmt: skip


def _kitchen_paper(
    request: Visit, day: str | None, kitchen: str,
    draw: Callable[[Session, DayFacts, str], Printed | None],
) -> tuple[Printed, date]:  # fmt: skip
    """One paper of the own or the named kitchen's day.

    Raises:
        NotFound: there is nothing to print.
    """
    with house_of(request).database.read() as session:
        chosen = own_kitchen(session, request.user, kitchen)
        shown = shown_day(session, day)
        record = session.get(DayRecord, shown)
        made_at = record.closed_at if record and record.closed_at else clock.now()
        facts = read_facts(session, shown, made_at=made_at, lang=_lang(request))
        printed = draw(session, facts, chosen)
    if printed is None:
        raise NotFound("paper", f"{chosen} {shown}")
    return printed, shown


@get("/kitchen/record.pdf", guards=[KITCHENS], sync_to_thread=True)
def print_record(
    request: Visit, day: FromQuery[str | None] = None, kitchen: FromQuery[str] = ""
) -> Response[bytes]:
    """The complete record of a kitchen's day, A4."""

    def draw(session: Session, facts: DayFacts, chosen: str) -> Printed | None:
        records = production_records(session, facts, facts.made_at, chosen)
        return draw_production_records(records, lang=_lang(request)) if records else None

    printed, shown = _kitchen_paper(request, day, kitchen, draw)
    return _pdf(printed, f"record-{shown}")


@get("/kitchen/samples.pdf", guards=[KITCHENS], sync_to_thread=True)
def print_samples(
    request: Visit, day: FromQuery[str | None] = None, kitchen: FromQuery[str] = ""
) -> Response[bytes]:
    """Labels of the samples that are kept of a day, 60 x 40 mm."""

    def draw(session: Session, facts: DayFacts, chosen: str) -> Printed | None:
        labels = sample_labels(session, facts, chosen, facts.day)
        return draw_sample_labels(labels, lang=_lang(request)) if labels.labels else None

    printed, shown = _kitchen_paper(request, day, kitchen, draw)
    return _pdf(printed, f"samples-{shown}")


@get(
    "/menu/{site_id:str}/wall.pdf",
    guards=[needs(Role.CASHIER, Role.KITCHEN, Role.TOWNSHIP, Role.COUNTY, Role.AUDITOR)],
    sync_to_thread=True,
)
def print_wall(
    request: Visit, site_id: SiteId, day: FromQuery[str | None] = None
) -> Response[bytes]:
    """A site's week from a day on, A3 for the wall.

    Raises:
        NotFound: no such site of this person, or no menu.
    """
    with house_of(request).database.read() as session:
        own = sites_of(session, request.user)
        site = session.get(Site, site_id)
        if site is None or (own is not None and site_id not in own):
            raise NotFound("site", site_id)
        first = checked_day(day) if day else clock.today()
        address = f"{str(request.base_url).rstrip('/')}/menu/{site_id}"
        menus = wall_menus(
            session, site, first, made_at=clock.now(), lang=_lang(request), address=address
        )
    if not menus:
        raise NotFound("menu", f"{site_id} {first}")
    return _pdf(draw_wall_menus(menus, lang=_lang(request)), f"menu-{site_id}-{first}")
