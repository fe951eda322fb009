"""Random operations on the till's decisions, beside an independent small ledger: the difference must be 0 fen.

    python -m tests.pos.ledger_model --operations 1000000 --seed 1

The ledger below shares no code with the product. It knows the demo policy as three numbers a person (tier, cap, one
meal a period), who pays in which order, and what a reversal gives back; it does its own arithmetic.
"""

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kitchen.kinds import MealPeriod
from pos.card import KeyRing
from pos.desk import Decision, Desk, Fate, Member, PurseFact, Sale, TillFact
from pos.kinds import ChargeState, Provider, PurseKind, SeniorState
from pos.ledger import charge_legs, posting_rows
from pos.policies import shipped_policy
from pos.policy import Scope
from pos.quote import Diner
from pos.requests import (
    BasketItem,
    ChargeRequest,
    OfflineNote,
    Outside,
    Returned,
    ReversalRequest,
)
from pos.sales import decide

START = date(2026, 11, 2)
PERIODS = (MealPeriod.LUNCH, MealPeriod.SUPPER)
# age on START -> percent paid, as the demo county's notice says
AGES = {"a": (65, 80), "b": (83, 70), "c": (95, 50), "d": (58, 100), "e": (71, 80)}
CAP_FEN = 1000
ORDER = ("ALLOWANCE", "CHARITY", "OWN")


@dataclass
class Stand:
    """A meal of the ledger: what it cost whom. ``counted`` says that it has the period's subsidy."""

    who: str | None
    day: date
    period: MealPeriod
    at: datetime
    basket: list[list[Any]]
    counted: bool
    subsidy: int
    draws: dict[str, int]
    outside: int
    cash: int
    disputed: int
    charge_id: str


@dataclass
class Book:
    """The independent ledger: purses, and the meals that stand."""

    purses: dict[str, dict[str, tuple[str, date | None]]]
    money: dict[str, int]
    stands: dict[str, Stand] = field(default_factory=dict)
    tills: int = 0  # cash and outside money taken, less given back
    owed: int = 0  # subsidies that stand
    disputed: int = 0

    def subsidy(self, who: str, basket: list[list[Any]]) -> int:
        """Tier on the dearest set and all dishes, ten yuan at most."""
        sets = [price for _n, kind, price, count in basket if kind == "set" for _ in range(count)]
        base = max(sets, default=0)
        base += sum(price * count for _n, kind, price, count in basket if kind != "set")
        percent = AGES[who][1]
        paid = (2 * base * percent + 100) // 200
        return min(base - paid, CAP_FEN)

    def draw(
        self, who: str, due: int, day: date, kinds: tuple[str, ...], own: int | None
    ) -> dict[str, int]:
        """Purses in the policy's order, the soonest to expire first."""
        taken: dict[str, int] = {}
        for kind in ORDER:
            if kind not in kinds:
                continue
            mine = [
                (last or date.max, name)
                for name, (of, last) in self.purses[who].items()
                if of == kind and (last is None or last >= day)
            ]
            room = own if kind == "OWN" and own is not None else due
            for _last, name in sorted(mine):
                part = min(due, room, self.money[name])
                if part > 0:
                    taken[name] = part
                    due, room = due - part, room - part
        return taken

    def stand(self, made: Stand) -> None:
        """Enter a meal."""
        self.stands[made.charge_id] = made
        for name, fen in made.draws.items():
            self.money[name] -= fen
        self.tills += made.cash + made.outside
        self.owed += made.subsidy
        self.disputed += made.disputed

    def fall(self, charge_id: str) -> Stand:
        """Take a meal back."""
        gone = self.stands.pop(charge_id)
        for name, fen in gone.draws.items():
            self.money[name] += fen
        self.tills -= gone.cash + gone.outside
        self.owed -= gone.subsidy
        self.disputed -= gone.disputed
        return gone

    def first(self, who: str, day: date, period: MealPeriod) -> Stand | None:
        """The meal that has the period's subsidy."""
        for one in self.stands.values():
            if one.counted and (one.who, one.day, one.period) == (who, day, period):
                return one
        return None


def total(basket: list[list[Any]]) -> int:
    """List price of a basket."""
    return sum(price * count for _name, _kind, price, count in basket)


class Model:
    """One run: a desk of the product, the book, and a source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.purses: dict[str, list[PurseFact]] = defaultdict(list)
        book_purses: dict[str, dict[str, tuple[str, date | None]]] = defaultdict(dict)
        for who in AGES:
            lots = [("OWN", None), ("CHARITY", None), ("ALLOWANCE", START + timedelta(days=9))]
            lots.append(("ALLOWANCE", START + timedelta(days=40)))
            for number, (kind, last) in enumerate(lots):
                name = f"{who}-{kind}-{number}"
                fact = PurseFact(name, who, PurseKind(kind), 0, 0, last)
                self.purses[who].append(fact)
                book_purses[who][name] = (kind, last)
        for held in self.purses.values():
            held.sort(key=lambda purse: purse.purse_id)
        self.book = Book(book_purses, defaultdict(int))
        self.day, self.counter, self.number = START, 0, 0
        self.sent: list[tuple[ChargeRequest | ReversalRequest, date]] = []
        self.used: list[str] = []
        self.rows, self.postings, self.difference = 0, 0, 0
        self.fates: dict[str, int] = defaultdict(int)
        self.desk = self._desk()

    def _desk(self) -> Desk:
        places = ((Scope.SITE, "S1"), (Scope.TOWNSHIP, "330122003"), (Scope.COUNTY, "330122"))
        members = {
            who: Member(
                who, Diner(date(START.year - age, 1, 15), resident=True), SeniorState.ACTIVE, None
            )
            for who, (age, _percent) in AGES.items()
        }
        return Desk(
            tills={"T1": TillFact("T1", 1, "S1", places)},
            members=members,
            cards={},
            policies=[shipped_policy("tonglu-demo")],
            keys=KeyRing(1, {1: b"k" * 32}),
            now=datetime(2030, 1, 1, tzinfo=UTC),
            purses=self.purses,
        )

    def step(self) -> None:
        """One random operation."""
        pick = self.chance.random()
        if pick < 0.10:
            self._pay_in()
        elif pick < 0.12 and self.sent:
            self._again()
        elif pick < 0.27 and self.book.stands:
            self._take_back()
        elif pick < 0.272:
            self._next_day()
        else:
            self._sell()

    def _next_day(self) -> None:
        """Yesterday is forgotten by both: only what was taken stays."""
        self.check_balances()
        self.day += timedelta(days=1)
        if self.day > START + timedelta(days=25):
            self.day = START
        self.book.stands.clear()
        self.sent.clear()
        fresh = self._desk()
        fresh.references = self.desk.references
        self.desk = fresh

    def _pay_in(self) -> None:
        who = self.chance.choice(list(AGES))
        purse = self.chance.choice(self.purses[who])
        fen = self.chance.randrange(1, 6000)
        purse.balance_fen += fen
        self.book.money[purse.purse_id] += fen

    def _decide(self, request: ChargeRequest | ReversalRequest) -> Decision:
        (decision,) = decide([Sale(request, self.day, request.occurred_at)], self.desk)
        self.fates[decision.fate] += 1
        for row in decision.rows:
            legs = charge_legs(row)
            posting_rows(row["charge_id"], legs, day=self.day, kind="charge")
            self.postings += sum(fen for _account, fen in legs)
            self.rows += 1
        return decision

    def _again(self) -> None:
        request, day = self.chance.choice(self.sent)
        if day != self.day:
            return
        if self._decide(request).fate is not Fate.REPEATED:
            self._differs(1, "a repetition was not one")

    def _differs(self, fen: int, why: str) -> None:
        self.difference += abs(fen)
        if self.difference == abs(fen):
            sys.stderr.write(f"{why}\n")

    def _moment(self) -> datetime:
        seconds = self.chance.randrange(0, 40_000)
        return datetime.combine(self.day, datetime.min.time(), UTC) + timedelta(seconds=seconds)

    def _basket(self) -> list[list[Any]]:
        lines = []
        for _ in range(self.chance.randrange(1, 4)):
            kind = self.chance.choice(["set", "set", "dish"])
            price = self.chance.choice([0, 1, 499, 800, 1200, 1500, self.chance.randrange(4000)])
            lines.append([kind, kind, price, self.chance.randrange(1, 4)])
        return lines

    def _sell(self) -> None:
        who = self.chance.choice([*AGES, *AGES, None])
        basket, at = self._basket(), self._moment()
        kinds = self.chance.choice([None, None, (), ("OWN",), ("ALLOWANCE", "OWN")])
        own = self.chance.choice([None, None, None, self.chance.randrange(1500)])
        offline = self.chance.random() < 0.35
        paid_outside = self.chance.choice([0, 0, 0, self.chance.randrange(1, 2500)])
        reference = (
            f"r{self.number}"
            if self.chance.random() < 0.97 or not self.used
            else (self.chance.choice(self.used))
        )
        cash = self.chance.randrange(3000)
        self.counter += 1
        self.number += 1
        request = ChargeRequest(
            charge_id=f"c{self.number}", device_id="T1", epoch=1, counter=self.counter,
            occurred_at=at, period=self.chance.choice(PERIODS),
            basket=tuple(BasketItem(n, k, price, count) for n, k, price, count in basket),
            senior_id=who,
            purses=None if kinds is None else tuple(PurseKind(kind) for kind in kinds),
            own_limit_fen=own,
            outside=(
                (Outside(Provider.WECHAT, reference, paid_outside),) if paid_outside else ()
            ),
            offline=OfflineNote(1, cash) if offline else None,
        )  # fmt: skip
        expected = self._expect(request, basket, offline=offline)
        decision = self._decide(request)
        self.sent.append((request, self.day))
        self._compare(decision, expected)

    def _expect(
        self, request: ChargeRequest, basket: list[list[Any]], *, offline: bool
    ) -> list[str] | None:
        """Enter the sale in the book; ids that stand by it, or None when it must be refused."""
        who, book = request.senior_id, self.book
        counted, later = self._claim(request, offline=offline)
        subsidy = book.subsidy(str(who), basket) if counted else 0
        counted = subsidy > 0
        due = total(basket) - subsidy
        outside = sum(part.amount_fen for part in request.outside)
        repeated = any(part.reference in self.used for part in request.outside)
        if (repeated or outside > due) and not offline:
            return None
        outside = 0 if repeated else outside
        self.used += [part.reference for part in request.outside if not repeated]
        draws: dict[str, int] = {}
        collected = request.offline.cash_fen if request.offline else 0
        left = max(0, due - min(due, outside) - collected)
        if who is not None:
            kinds = ORDER if request.purses is None else tuple(str(k) for k in request.purses)
            draws = book.draw(who, left, self.day, kinds, request.own_limit_fen)
        rest = due - outside - sum(draws.values())
        cash = request.offline.cash_fen if request.offline else rest
        book.stand(
            Stand(
                who, self.day, request.period, request.occurred_at, basket, counted, subsidy,
                draws, outside, cash, rest - cash, request.charge_id,
            )
        )  # fmt: skip
        made = [request.charge_id]
        if later is not None and counted:
            made.append(self._rebill(later))
        return made

    def _claim(self, request: ChargeRequest, *, offline: bool) -> tuple[bool, Stand | None]:
        """Whether a sale is the period's first meal, and the later one that was taken for it."""
        if request.senior_id is None:
            return False, None
        first = self.book.first(request.senior_id, self.day, request.period)
        if first is None:
            return True, None
        earlier = (request.occurred_at, request.charge_id) < (first.at, first.charge_id)
        return (True, first) if offline and earlier else (False, None)

    def _rebill(self, later: Stand) -> str:
        """The later meal loses its subsidy: purses that had paid, and own money, pay more; the rest is disputed."""
        book = self.book
        old = book.fall(later.charge_id)
        kinds = {book.purses[str(old.who)][name][0] for name in old.draws}
        kinds |= {"OWN"} if kinds else set()
        due = total(old.basket)
        left = max(0, due - min(due, old.outside) - old.cash)
        draws = book.draw(str(old.who), left, self.day, tuple(kinds), None)
        rest = due - old.outside - sum(draws.values())
        stem, _, number = old.charge_id.partition("~")
        new = Stand(
            old.who, old.day, old.period, old.at, old.basket, False, 0, draws, old.outside,
            old.cash, rest - old.cash, f"{stem}~{int(number or 0) + 2}",
        )  # fmt: skip
        book.stand(new)
        return new.charge_id

    def _take_back(self) -> None:
        one = self.chance.choice(list(self.book.stands.values()))
        partial = self.chance.random() < 0.5
        returned: tuple[Returned, ...] = ()
        if partial:
            line = self.chance.randrange(len(one.basket))
            returned = (Returned(line, self.chance.randrange(1, one.basket[line][3] + 2)),)
        self.counter += 1
        self.number += 1
        request = ReversalRequest(
            f"v{self.number}",
            one.charge_id,
            "T1",
            1,
            self.counter,
            self._moment(),
            "wrong",
            returned,
        )
        expected = self._expect_back(one, returned)
        decision = self._decide(request)
        if decision.fate is Fate.POSTED:
            self.sent.append((request, self.day))
        self._compare(decision, expected)

    def _expect_back(self, one: Stand, returned: tuple[Returned, ...]) -> list[str] | None:
        rest = [list(line) for line in one.basket]
        for back in returned:
            if back.quantity > rest[back.line][3]:
                return None
            rest[back.line][3] -= back.quantity
        rest = [line for line in rest if line[3]] if returned else []
        self.book.fall(one.charge_id)
        if not rest:
            return []
        subsidy = self.book.subsidy(str(one.who), rest) if one.counted else 0
        due = total(rest) - subsidy
        outside = min(one.outside, due)
        left = due - outside
        draws: dict[str, int] = {}
        order = [
            (ORDER.index(kind), last or date.max, name)
            for name in one.draws
            for kind, last in [self.book.purses[str(one.who)][name]]
        ]
        for _kind, _last, name in sorted(order):
            part = min(left, one.draws[name])
            if part:
                draws[name] = part
                left -= part
        cash = min(left, max(one.cash, 0))
        stem, _, number = one.charge_id.partition("~")
        new = Stand(
            one.who, one.day, one.period, one.at, rest, one.counted and subsidy > 0, subsidy,
            draws, outside, cash, left - cash, f"{stem}~{int(number or 0) + 1}",
        )  # fmt: skip
        self.book.stand(new)
        return [new.charge_id]

    def _compare(self, decision: Decision, expected: list[str] | None) -> None:
        if expected is None:
            if decision.fate is not Fate.REFUSED:
                self._differs(1, f"not refused: {decision.sale.request}")
            return
        if decision.fate is not Fate.POSTED:
            self._differs(1, f"refused {decision.code}: {decision.sale.request}")
            return
        standing = {
            row["charge_id"]: row for row in decision.rows if row["state"] == ChargeState.POSTED
        }
        if sorted(standing) != sorted(expected):
            self._differs(1, f"{sorted(standing)} stand, {sorted(expected)} should")
            return
        for charge_id, row in standing.items():
            one = self.book.stands[charge_id]
            said = (row["subsidy_fen"], row["outside_fen"], row["cash_fen"], row["disputed_fen"])
            wanted = (one.subsidy, one.outside, one.cash, one.disputed)
            apart = sum(abs(a - b) for a, b in zip(said, wanted, strict=True))
            if apart or row["draws"] != one.draws:
                self._differs(
                    apart or 1, f"{charge_id}: {said} {row['draws']}, not {wanted} {one.draws}"
                )

    def check_balances(self) -> None:
        """Every purse holds what the book says."""
        for held in self.purses.values():
            for purse in held:
                apart = purse.balance_fen - self.book.money[purse.purse_id]
                if apart or purse.balance_fen < 0:
                    self._differs(apart or 1, f"{purse.purse_id} differs by {apart}")


def run(seed: int, operations: int) -> dict[str, Any]:
    """So many random operations; what was done and by how much the two ledgers differ (fen)."""
    model = Model(seed)
    for _ in range(operations):
        model.step()
        if model.difference:
            break
    model.check_balances()
    return {
        "seed": seed, "operations": operations, "rows": model.rows, "fates": dict(model.fates),
        "postings_sum_fen": model.postings, "difference_fen": model.difference,
    }  # fmt: skip


def main() -> int:
    """The long run by command; exit 1 on any difference."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--operations", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    began = time.perf_counter()
    found = run(given.seed, given.operations)
    seconds = {"seconds": round(time.perf_counter() - began, 1)}
    sys.stdout.write(json.dumps(found | seconds, indent=1) + "\n")
    return 1 if found["difference_fen"] or found["postings_sum_fen"] else 0


if __name__ == "__main__":
    sys.exit(main())
