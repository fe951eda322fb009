"""Papers at the end: closing sheets per site, the day on one page, a claim's statement."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import head
from api.claims import Closed
from api.day.chain import read_chain
from api.day.close import MealCounts, meal_counts
from api.day.notes import exceptions_of
from api.labels import label
from api.printouts.facts import DayFacts
from api.way_out import way_out_text
from kitchen.chain import Link
from kitchen.day_tables import DayException
from kitchen.kinds import MealPeriod
from kitchen.tables import Site, Township
from pos.claim_lines import PlaceLine
from pos.policy import Funder
from pos.tables import Charge, SiteClose
from printing import sheets

# column of a charge -> code of its word
TENDERS = {
    "allowance_fen": "ALLOWANCE",
    "charity_fen": "CHARITY",
    "own_fen": "OWN",
    "cash_fen": "CASH",
    "outside_fen": "OUTSIDE",
    "plan_fen": "PLAN",
    "disputed_fen": "DISPUTED",
}
ALWAYS = frozenset({"allowance_fen", "charity_fen", "own_fen", "cash_fen"})
PERIODS = tuple(MealPeriod)


def closing_sheets(session: Session, facts: DayFacts) -> list[sheets.ClosingSheet]:
    """One sheet per site that was open, in the order of site ids."""
    counts: dict[str, list[MealCounts]] = defaultdict(list)
    for one in meal_counts(session, facts.day):
        counts[one.site_id].append(one)
    charges: dict[str, list[Charge]] = defaultdict(list)
    query = sa.select(Charge).where(col(Charge.business_day) == facts.day)
    for charge in session.scalars(query):
        charges[charge.site_id].append(charge)
    findings: dict[str, list[DayException]] = defaultdict(list)
    for exception in exceptions_of(session, facts.day):
        findings[str(exception.detail.get("site_id", ""))].append(exception)
    closers = {
        row.site_id: row.closed_by
        for row in session.scalars(sa.select(SiteClose).where(col(SiteClose.day) == facts.day))
    }
    money = {site_id: _money(charges[site_id], facts.lang) for site_id in counts}
    audit_head = head(session)[1]
    return [
        sheets.ClosingSheet(
            site=facts.site_name(site_id),
            day=facts.day,
            made_at=facts.made_at,
            counts=tuple(_count(one) for one in sorted(found, key=_period_place)),
            tenders=money[site_id].tenders,
            funders=money[site_id].funders,
            price_fen=money[site_id].price_fen,
            takings_fen=money[site_id].takings_fen,
            shares_fen=money[site_id].shares_fen,
            audit_head=audit_head,
            exceptions=tuple(_finding(e, facts.lang) for e in findings[site_id]),
            closed_by=closers.get(site_id, ""),
        )
        for site_id, found in sorted(counts.items())
    ]


def _period_place(one: MealCounts) -> int:
    return PERIODS.index(one.period)


def _count(one: MealCounts) -> sheets.ClosingCount:
    return sheets.ClosingCount(
        period=one.period.value,
        received=one.received or 0,
        served=one.served or 0,
        charged=one.charged,
        closing=0,
        leftover=one.left_over + one.lost,
    )


@dataclass(frozen=True, slots=True)
class _Money:
    """What charges add up to: prices and fees, what people paid, what funders give."""

    price_fen: int
    tenders: tuple[sheets.Amount, ...]
    funders: tuple[sheets.Amount, ...]

    @property
    def takings_fen(self) -> int:
        return sum(amount.amount_fen for amount in self.tenders)

    @property
    def shares_fen(self) -> int:
        return sum(amount.amount_fen for amount in self.funders)


def _money(charges: Sequence[Charge], lang: str) -> _Money:
    shares: Counter[str] = Counter()
    for charge in charges:
        shares.update(charge.shares)
    return _Money(
        price_fen=sum(charge.list_price_fen + charge.delivery_fee_fen for charge in charges),
        tenders=tuple(
            sheets.Amount(label(TENDERS[name], lang), sum(getattr(c, name) for c in charges))
            for name in TENDERS
            if name in ALWAYS or any(getattr(c, name) for c in charges)
        ),
        funders=tuple(sheets.Amount(label(n, lang), shares[n]) for n in Funder if shares[n]),
    )


def _finding(exception: DayException, lang: str) -> sheets.Finding:
    """An exception in words; people stand in it by their number only."""
    detail = "  ".join(
        f"{label(name, lang)} {_value(name, value, lang)}"
        for name, value in sorted(exception.detail.items())
        if name != "site_id"
    )
    words = label(exception.code, lang)
    return sheets.Finding(words, detail, state=label(exception.severity, lang))


def _value(name: str, value: object, lang: str) -> str:
    """A figure or word of an exception; the way out of a stop left behind in a sentence."""
    if name == "way_out":
        return way_out_text(value if isinstance(value, dict) else None, lang, yuan=True)
    return label(value, lang)


def day_summary(session: Session, facts: DayFacts) -> sheets.DaySummary:
    """The chain of meals and of money, and the exceptions by kind, on one page."""
    found = exceptions_of(session, facts.day)
    kinds = Counter((exception.code, exception.severity) for exception in found)
    return sheets.DaySummary(
        county=facts.county.name if facts.county else "",
        day=facts.day,
        made_at=facts.made_at,
        meals=_links(read_chain(session, facts.day), facts.lang),
        money=_money_links(session, facts),
        exceptions=tuple(
            sheets.Finding(label(code, facts.lang), code, count, label(severity, facts.lang))
            for (code, severity), count in kinds.items()
        ),
        audit_head=head(session)[1],
    )


def _links(chain: tuple[Link, ...], lang: str) -> tuple[sheets.Link, ...]:
    """The print hangs leaks on the link they leave; the chain on the link they are missing at."""
    following = [link.leaks for link in chain[1:]] + [()]
    return tuple(
        sheets.Link(
            label(link.link, lang),
            link.quantity,
            tuple(sheets.Leak(label(leak.reason, lang), leak.quantity) for leak in leaks),
        )
        for link, leaks in zip(chain, following, strict=True)
    )


def _money_links(session: Session, facts: DayFacts) -> tuple[sheets.Link, ...]:
    """Price and delivery fees, less each payer's part, leave nothing."""
    charges = session.scalars(sa.select(Charge).where(col(Charge.business_day) == facts.day)).all()
    words = {"zh": ("原价与送餐费", "未付"), "en": ("prices and fees", "unpaid")}
    price_name, rest_name = words["en" if facts.lang == "en" else "zh"]
    money = _money(charges, facts.lang)
    parts = (*money.tenders, *money.funders)
    leaks = tuple(sheets.Leak(part.name, part.amount_fen) for part in parts if part.amount_fen)
    rest = money.price_fen - sum(leak.amount for leak in leaks)
    return sheets.Link(price_name, money.price_fen, leaks), sheets.Link(rest_name, rest)


def claim_sheet(
    session: Session, closed: Closed, *, lang: str, block_hash: str
) -> sheets.ClaimStatement:
    """The statement of a closed claim."""
    claim, statement = closed.claim, closed.statement
    names = {row.site_id: row.name for row in session.scalars(sa.select(Site))}
    township = session.get_one(Township, claim.township_code)
    funders = [f for f in Funder if any(line.funder == f for line in statement.lines)]
    lines = tuple(_claim_line(closed, place, funders, names) for place in statement.places)
    owed = tuple(statement.owed_by(funder) for funder in funders)
    words = tuple(label(funder, lang) for funder in funders)
    return sheets.ClaimStatement(
        number=claim.claim_id,
        claimant=township.name,
        month=date.fromisoformat(f"{claim.month}-01"),
        made_at=claim.closed_at,
        funders=words,
        lines=lines,
        total_meals=sum(line.meals for line in lines),
        total_list_fen=sum(line.list_fen for line in lines),
        total_paid_fen=sum(line.paid_fen for line in lines),
        total_shares_fen=owed,
        claimed_from=words,
        claim_fen=statement.total_fen,
        block_hash=block_hash,
    )


def _claim_line(
    closed: Closed, place: PlaceLine, funders: list[Funder], names: dict[str, str]
) -> sheets.ClaimLine:
    shares = {
        line.funder: line.share_fen
        for line in closed.statement.lines
        if (line.site_id, line.tier) == (place.site_id, place.tier)
    }
    return sheets.ClaimLine(
        site=names.get(place.site_id, place.site_id),
        tier=place.tier,
        meals=place.meals,
        list_fen=place.list_price_fen + place.delivery_fee_fen,
        paid_fen=place.paid_fen,
        shares_fen=tuple(shares.get(funder, 0) for funder in funders),
    )
