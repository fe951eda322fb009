"""Checks of where, when and how tills were used: pure, over a month's facts, thresholds from the policy.

Each returns findings with its evidence, as in ``pos.checks``. What breaks a rule is an error, what merely looks
odd a warning: somebody has to say why before the claim.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from kitchen.kinds import MealPeriod
from pos.check_rules import CheckRules
from pos.facts import Absence, ChargeFact, EarmarkFact, TillRecord, standing
from pos.findings import Finding, error, warning

DAY_S = 86_400
Sites = tuple[str, str]
"""From one site to another."""


def _moment(fact: ChargeFact) -> int:
    """Seconds since the first midnight there is: days and times of a month on one line."""
    return fact.day.toordinal() * DAY_S + fact.occurred_s


def check_far_tills(
    facts: Iterable[ChargeFact], way_s: Mapping[Sites, int], rules: CheckRules
) -> list[Finding]:
    """Nobody is at two tills within less time than a part of the way by road; meals at doors aside."""
    by_senior: defaultdict[str, list[ChargeFact]] = defaultdict(list)
    for fact in standing(facts):
        if fact.senior_id is not None and not fact.at_door:
            by_senior[fact.senior_id].append(fact)
    found = []
    for senior, group in by_senior.items():
        if len({fact.site_id for fact in group}) < 2:
            continue
        group.sort(key=lambda fact: (_moment(fact), fact.charge_id))
        for before, fact in pairwise(group):
            way = way_s.get((before.site_id, fact.site_id))
            gap = _moment(fact) - _moment(before)
            if before.site_id != fact.site_id and way and gap * 100 < way * rules.way_percent:
                found.append(
                    error(
                        "pos.check.far_tills", fact.charge_id, amount_fen=fact.subsidy_fen,
                        senior=senior, other=before.charge_id, seconds=gap, way_s=way,
                        sites=f"{before.site_id}, {fact.site_id}",
                    )
                )  # fmt: skip
    return found


def check_revoked_cards(facts: Iterable[ChargeFact], revoked_s: Mapping[str, int]) -> list[Finding]:
    """No charge by a card after it was revoked (seconds as in ``moment_of``).

    A till that was off line could not know: then it is a warning.
    """
    found = []
    for fact in standing(facts):
        since = revoked_s.get(fact.card) if fact.card else None
        if since is None or _moment(fact) <= since:
            continue
        late = fact.posted_s - fact.occurred_s > DAY_S // 24
        say = warning if late else error
        found.append(
            say(
                "pos.check.revoked_card", fact.charge_id, amount_fen=fact.subsidy_fen,
                card=fact.card, minutes=(_moment(fact) - since) // 60,
            )
        )  # fmt: skip
    return found


def moment_of(day: date, seconds: int) -> int:
    """A moment as ``check_revoked_cards`` counts it: seconds after midnight of a day."""
    return day.toordinal() * DAY_S + seconds


def check_absences(
    facts: Iterable[ChargeFact], absences: Mapping[str, Sequence[Absence]]
) -> list[Finding]:
    """No standing charge of a senior on a day in hospital or away.

    The first and the last day are no finding: one may eat before going and after coming back.
    """
    found = []
    for fact in standing(facts):
        for absence in absences.get(fact.senior_id or "", ()):
            if absence.first_day < fact.day < absence.last_day:
                say = error if fact.subsidy_fen else warning
                found.append(
                    say(
                        "pos.check.absent", fact.charge_id, amount_fen=fact.subsidy_fen,
                        senior=fact.senior_id, reason=absence.reason, first=absence.first_day,
                        last=absence.last_day,
                    )
                )  # fmt: skip
                break
    return found


def check_hours(
    facts: Iterable[ChargeFact],
    closes_s: Mapping[tuple[str, MealPeriod], int],
    closed: frozenset[tuple[str, date]],
    rules: CheckRules,
) -> list[Finding]:
    """No charge on a day on which a site is closed, none long after its counter.

    Args:
        facts: a month's charges.
        closes_s: when each site's counter closes (seconds after midnight).
        closed: sites and the days on which they do not serve.
        rules: ``late_minutes``.
    """
    found = []
    for fact in standing(facts):
        if (fact.site_id, fact.day) in closed:
            found.append(
                error(
                    "pos.check.closed_day", fact.charge_id, amount_fen=fact.subsidy_fen,
                    site=fact.site_id, day=fact.day,
                )
            )  # fmt: skip
            continue
        closes = closes_s.get((fact.site_id, fact.period))
        late_s = 0 if closes is None else fact.occurred_s - closes - 60 * rules.late_minutes
        if late_s > 0 and not fact.at_door:
            found.append(
                warning(
                    "pos.check.after_closing", fact.charge_id, amount_fen=fact.subsidy_fen,
                    site=fact.site_id, minutes=late_s // 60 + rules.late_minutes,
                )
            )  # fmt: skip
    return found


def check_bursts(facts: Iterable[ChargeFact], rules: CheckRules) -> list[Finding]:
    """No till charges more in a row than a queue can make; bursts that touch are one finding."""
    by_till: defaultdict[str, list[ChargeFact]] = defaultdict(list)
    for fact in facts:
        if fact.origin_id is None and not fact.at_door and fact.replaces_id is None:
            by_till[fact.device_id].append(fact)
    found = []
    for device, group in by_till.items():
        group.sort(key=lambda fact: (_moment(fact), fact.charge_id))
        for first, end in _bursts([_moment(fact) for fact in group], rules):
            burst = group[first:end]
            found.append(
                warning(
                    "pos.check.burst", f"{device} {burst[0].day} {burst[0].charge_id}",
                    amount_fen=sum(fact.subsidy_fen for fact in burst), charges=len(burst),
                    seconds=_moment(burst[-1]) - _moment(burst[0]), site=burst[0].site_id,
                )
            )  # fmt: skip
    return found


def _bursts(moments: Sequence[int], rules: CheckRules) -> list[tuple[int, int]]:
    """Spans (first, end) of everything that lies in a window with too many charges."""
    spans: list[tuple[int, int]] = []
    end = 0
    for first, moment in enumerate(moments):
        while end < len(moments) and moments[end] < moment + rules.burst_seconds:
            end += 1
        if end - first < rules.burst_charges:
            continue
        if spans and first < spans[-1][1]:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((first, end))
    return spans


def check_round_numbers(
    meals: Mapping[tuple[str, MealPeriod], Mapping[date, int]], rules: CheckRules
) -> list[Finding]:
    """No site charges round numbers of meals day after day (days without a meal do not count)."""
    found = []
    for (site, period), by_day in sorted(meals.items()):
        run: list[date] = []
        for day in [*sorted(by_day), None]:
            if day is not None and by_day[day] and by_day[day] % rules.round_to == 0:
                run.append(day)
                continue
            if len(run) >= rules.round_days:
                found.append(
                    warning(
                        "pos.check.round_numbers", f"{site} {run[0]} {period}", days=len(run),
                        last=run[-1], meals=", ".join(str(by_day[one]) for one in run),
                    )
                )  # fmt: skip
            run = []
    return found


def check_refunds(facts: Iterable[ChargeFact], rules: CheckRules) -> list[Finding]:
    """A site's reversals stay within a share of its charges; what was only replaced is no refund."""
    charged: Counter[str] = Counter()
    back: defaultdict[str, list[ChargeFact]] = defaultdict(list)
    facts = list(facts)
    replaced = {fact.replaces_id for fact in facts if fact.replaces_id}
    for fact in facts:
        if fact.origin_id is None:
            charged[fact.site_id] += 1
        elif fact.origin_id not in replaced:
            back[fact.site_id].append(fact)
    return [
        warning(
            "pos.check.refunds", site, amount_fen=sum(-one.paid_fen for one in refunds),
            refunds=len(refunds), charges=charged[site],
        )
        for site, refunds in sorted(back.items())
        if len(refunds) >= rules.refund_least
        and len(refunds) * 100 > charged[site] * rules.refund_percent
    ]  # fmt: skip


def check_lookups(facts: Iterable[ChargeFact], rules: CheckRules) -> list[Finding]:
    """Nobody is served at one till without card or code time and again: the same till, the same elder."""
    meals: Counter[tuple[str, str]] = Counter()
    without: defaultdict[tuple[str, str], list[ChargeFact]] = defaultdict(list)
    for fact in standing(facts):
        if fact.senior_id is None or fact.at_door:
            continue
        meals[fact.device_id, fact.senior_id] += 1
        if not fact.by_card:
            without[fact.device_id, fact.senior_id].append(fact)
    return [
        warning(
            "pos.check.lookups", f"{device} {senior}",
            amount_fen=sum(fact.subsidy_fen for fact in group), without_card=len(group),
            meals=meals[device, senior],
        )
        for (device, senior), group in sorted(without.items())
        if len(group) >= rules.lookup_meals
        and len(group) * 100 >= meals[device, senior] * rules.lookup_percent
    ]  # fmt: skip


def check_counters(records: Iterable[TillRecord]) -> list[Finding]:
    """Every number between a till's first and last of an epoch belongs to something, and to one thing only."""
    seen: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for record in records:
        seen[record.device_id, record.epoch].append(record.counter)
    found = []
    for (device, epoch), counters in sorted(seen.items()):
        counters.sort()
        for before, after in pairwise(counters):
            if after == before:
                found.append(error("pos.check.counter_twice", f"{device} {epoch} {after}"))
            elif after > before + 1:
                found.append(
                    warning(
                        "pos.check.counter_gap", f"{device} {epoch} {before + 1}",
                        missing=after - before - 1, last=after - 1,
                    )
                )  # fmt: skip
    return found


def check_silent_tills(
    sold: Mapping[tuple[str, date], Mapping[str, int]], rules: CheckRules
) -> list[Finding]:
    """A till that usually takes its part is not silent on a day on which the others of its site sold.

    Args:
        sold: charges by (site, day) and till; a till without a charge that day may be absent.
        rules: ``silent_share_percent``.
    """
    usual: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (site, _), by_till in sold.items():
        usual[site].update(by_till)
    found = []
    for (site, day), by_till in sorted(sold.items()):
        total, whole = sum(by_till.values()), usual[site].total()
        for device, month in sorted(usual[site].items()):
            expected = total * month / whole
            least = expected * rules.silent_share_percent / 100
            if expected >= LEAST_EXPECTED and by_till.get(device, 0) < least:
                found.append(
                    warning(
                        "pos.check.silent_till", f"{device} {day}", site=site,
                        charges=by_till.get(device, 0), usual=round(expected), others=total,
                    )
                )  # fmt: skip
    return found


LEAST_EXPECTED = 10
"""Fewer charges than that a till may miss by chance."""


def check_late_uploads(facts: Iterable[ChargeFact], rules: CheckRules) -> list[Finding]:
    """A charge reaches the server within some days."""
    limit_s = rules.offline_days * DAY_S
    return [
        warning(
            "pos.check.late_upload", fact.charge_id, amount_fen=fact.subsidy_fen,
            days=(fact.posted_s - fact.occurred_s) // DAY_S, site=fact.site_id,
        )
        for fact in standing(facts)
        if fact.posted_s - fact.occurred_s > limit_s
    ]  # fmt: skip


def check_earmarks(earmarks: Iterable[EarmarkFact]) -> list[Finding]:
    """No earmark of charity spends more than was given for it."""
    return [
        error(
            "pos.check.earmark_overspent", one.earmark, amount_fen=one.spent_fen - one.given_fen,
            given=one.given_fen, spent=one.spent_fen,
        )
        for one in earmarks
        if one.spent_fen > one.given_fen
    ]  # fmt: skip
