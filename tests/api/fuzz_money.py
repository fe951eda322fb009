"""Thousands of bodies made from our own OpenAPI document against a real server: every money endpoint, every time.

``python -m tests.api.fuzz_money --cases 10000 [--seed N]`` prints cases and answers per endpoint and every failure:
an answer of 500 or above, a refusal without code and both sentences, a body accepted that the document forbids,
or a database that does not verify at the end.
"""

import argparse
import contextlib
import copy
import itertools
import json
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from api import clock
from api.auth import SESSION_COOKIE, Role, csrf_token
from api.database import Database
from api.devices import add_device, enrol, enrolment_code
from api.verify import verify
from pos.kinds import PurseKind
from pos.ledger import purse_id
from pos.tables import Senior
from tests.api.killed_server import Server
from tests.api.web_county import DAY, REVOKED_SERIAL, TOKENS, OneFile, Web, served

ANSWER_S = 30
SHORT = 1000
WAYS = ("documented", "named", "named", "broken")
"""Bodies as the document describes them, the same with the county's own names (twice as many), and forbidden ones."""
_C, _T, _CO = Role.CASHIER, Role.TOWNSHIP, Role.COUNTY
_DESKS, _OFFICES = (_C, _T, _CO), (_T, _CO)
TILL, NOBODY = "till", "nobody"
TARGETS: dict[str, tuple[Role, ...] | str] = {
    "/api/charges": (_C,),
    "/api/charges/batch": (_C,),
    "/api/reversals": (_C, _T),
    "/api/purses/top-up": _DESKS,
    "/api/purses/refund": _DESKS,
    "/api/purses/plan": _DESKS,
    "/api/purses/donation": _OFFICES,
    "/api/purses/pay-out": _OFFICES,
    "/api/disputes/settle": _DESKS,
    "/api/grants": _OFFICES,
    "/api/proposals/decide": _OFFICES,
    "/api/grants/post": _OFFICES,
    "/api/seniors/find": _DESKS,
    "/api/till/upload": TILL,
    "/api/till/epoch": TILL,
    "/api/devices/enrol": NOBODY,
}
"""Every POST that concerns money or leads to it, and who may call it; several roles take turns."""
_PREFIXES = (
    "/api/charges", "/api/reversals", "/api/purses/", "/api/disputes/", "/api/proposals/",
    "/api/grants", "/api/seniors/", "/api/till/", "/api/devices/",
)  # fmt: skip
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that must not be."""

    path: str
    way: str
    what: str
    body: str


@dataclass(slots=True)
class Report:
    """What was sent and answered; ``findings`` are the verifier's."""

    answers: dict[str, Counter[int]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    findings: tuple[Any, ...] = ()
    took_s: float = 0.0

    @property
    def cases(self) -> int:
        """How many requests were answered."""
        return sum(sum(one.values()) for one in self.answers.values())


# --- what the document says, made sharper --------------------------------------------------------


def money_paths(spec: Spec) -> set[str]:
    """The POST paths of the document that are ours to try."""
    posts = {path for path, item in spec["paths"].items() if "post" in item}
    return {path for path in posts if path.startswith(_PREFIXES)}


def closed(spec: Spec) -> Spec:
    """The document with every object closed and every tuple of one kind said as what it is.

    The server refuses unknown fields everywhere; a document that leaves them open would have most bodies stop there.
    """
    made = copy.deepcopy(spec)
    for node in _nodes(made["components"]["schemas"]):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        items = node.get("items")
        if isinstance(items, dict) and {} in items.get("oneOf", ()):
            (node["items"],) = [one for one in items["oneOf"] if one]
    return made


def with_names(spec: Spec, names: dict[str, list[Any]]) -> Spec:
    """The document with the county's own names in place of made-up ones: bodies get past the first look-up."""
    made = copy.deepcopy(spec)
    for node in _nodes(made["components"]["schemas"]):
        properties = node.get("properties")
        if not isinstance(properties, dict):
            continue
        for name, schema in properties.items():
            known = names.get(f"{node.get('title')}.{name}", names.get(name))
            if known is not None:
                nothing = [None] if _may_be_null(schema) else []
                properties[name] = {"enum": [*known, *nothing]}
    return made


def _may_be_null(schema: Spec) -> bool:
    return {"type": "null"} in schema.get("oneOf", ())


def _nodes(node: Any) -> Iterator[Spec]:
    if isinstance(node, dict):
        yield node
        for below in node.values():
            yield from _nodes(below)
    elif isinstance(node, list):
        for below in node:
            yield from _nodes(below)


# --- the county that is tried --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Doors:
    """Who sends: headers by role, the tokens of two tills, and names that mean something."""

    by_role: dict[Role, dict[str, str]]
    tokens: dict[str, str]
    names: dict[str, list[Any]]
    till_names: dict[str, list[Any]]

    def headers(self, path: str, number: int) -> dict[str, str]:
        """The headers of the ``number``-th request to a path."""
        who = TARGETS[path]
        if who == TILL:
            return {"authorization": f"Device {self.tokens[path]}"}
        if isinstance(who, str):
            return {}
        return self.by_role[who[number % len(who)]]


def open_doors(web: Web) -> Doors:
    """Enrol two tills (one sends records, one begins epoch after epoch), sign in, have somebody to grant to."""
    now = clock.now()
    with web.house.database.write(actor="test", action="test.age") as session:
        session.get_one(Senior, "E2").birth_date = date(1930, 1, 1)
    tokens, tills = {}, {}
    for path in ("/api/till/upload", "/api/till/epoch"):
        tills[path] = add_device(web.house, "S1", name="")
        code = enrolment_code(web.house, tills[path], minutes=15, now=now).code
        tokens[path] = enrol(web.house, code, name=None, now=now).token
    by_role = {
        role: {
            "cookie": f"{SESSION_COOKIE}={TOKENS[role]}",
            "x-csrf-token": csrf_token(web.house, TOKENS[role]),
        }
        for role in _DESKS
    }
    names = _names(web)
    till = {"device_id": [tills["/api/till/upload"]]}
    return Doors(by_role, tokens, names, {**names, **till})


def _names(web: Web) -> dict[str, list[Any]]:
    """What a field of this name (or ``Body.field``) may hold, so that many bodies meet something stored."""
    now = clock.now()
    waiting = [add_device(web.house, "S2", name="") for _ in range(4)]
    codes = [enrolment_code(web.house, one, minutes=60, now=now).code for one in waiting]
    charges = _numbered("f", 60)
    refunds = _numbered("r", 24)
    return {
        "senior_id": ["E1", "E2", "E9"], "site_id": ["S1", "S2", "S9"],
        "RefundRequest.senior_id": ["E1"], "RefundRequest.site_id": ["S1"],
        "device_id": ["T1", "T9"], "epoch": [1], "counter": list(range(1, 400)),
        "charge_id": charges, "origin_id": charges,
        "ReversalRequest.charge_id": _numbered("v", 60),
        "ReversalRecord.charge_id": _numbered("w", 60),
        "ChargeRecord.charge_id": _numbered("g", 60), "ReversalRecord.origin_id": _numbered("g", 20),
        "SettleRequest.charge_id": [*charges[:20], *_numbered("g", 60)],
        "movement_id": _numbered("m", 300), "RefundRequest.movement_id": refunds,
        "proposal_id": [*refunds[:12], *(f"grants-{now:%Y-%m}-{n}" for n in range(1, 4))],
        "occurred_at": [f"{DAY}T11:05:00+08:00", f"{DAY}T12:40:00+08:00", now.isoformat()],
        "card_code": [web.code(), web.code(REVOKED_SERIAL), "1", "9" * 49],
        "order_id": ["O1", "O2", "O9"], "line": [0, 1], "quantity": [1, 2, 20],
        "unit_price_fen": [0, 300, 1500, 1_000_000], "cash_fen": [0, 1, 1200, 9000],
        "snapshot_seq": [0, 1], "elapsed_ms": [0, 1000],
        "purse_id": [
            purse_id("E1", PurseKind.OWN), purse_id("E2", PurseKind.OWN), "E1:CHARITY:red", "x",
        ],
        "fund": ["red", "donor-1"], "month": [f"{now:%Y-%m}", "2026-11", "2099-12"],
        "township": ["", "330122001", "9"], "reference": _numbered("p", 100),
        "amount_fen": [1, 300, 30_000, 60_000, 1_000_000], "own_limit_fen": [0, 1, 500],
        "FindRequest.name": ["张桂", "张桂花", "a"], "code": codes,
        "id_number": ["330122195001010010", "11010119900307803X", "1"],
        "card_number": ["0000000000000000", "12"],
    }  # fmt: skip


def _numbered(letter: str, most: int) -> list[Any]:
    return [f"{letter}-{number}" for number in range(1, most + 1)]


# --- sending -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Fuzzer:
    """Sends generated bodies to one server and judges every answer."""

    base: str
    doors: Doors
    session: requests.Session
    report: Report = field(default_factory=Report)

    def send(self, case: Case[Any], path: str, way: str) -> None:
        """One request and its judgement."""
        counts = self.report.answers.setdefault(path, Counter())
        headers = self.doors.headers(path, sum(counts.values()))
        answer = case.call(
            base_url=self.base, session=self.session, headers=headers, timeout=ANSWER_S
        )
        counts[answer.status_code] += 1
        what = judged(answer.status_code, answer.content, broken=way == "broken")
        if what:
            said = f"{answer.status_code} {what}: {answer.content[:200]!r}"
            self.report.failures.append(Failure(path, way, said, repr(case.body)[:400]))


def judged(status: int, content: bytes, *, broken: bool) -> str:
    """What is wrong with an answer; "" when nothing is."""
    if status >= 500:
        return "a defect"
    if status < 400:
        return "accepted what the document forbids" if broken else ""
    try:
        said = json.loads(content)
    except ValueError:
        return "no JSON"
    if not isinstance(said, dict) or not all(said.get(name) for name in ("code", "zh", "en")):
        return "no code or no sentence"
    return ""


def run(cases: int, chosen_seed: int, folder: Path) -> Report:
    """Serve a county from a fresh database in ``folder``, try it, stop it, verify it."""
    began = time.monotonic()
    factory = OneFile(folder)
    with served(factory, folder) as web:
        doors = open_doors(web)
        house = web.house
    server = Server(folder, house.settings.database_url)
    server.start()
    try:
        base = f"http://127.0.0.1:{server.port}"
        with requests.Session() as session:
            fuzzer = Fuzzer(base, doors, session)
            _try_all(fuzzer, cases, chosen_seed)
    finally:
        server.stop()
    with contextlib.closing(Database(house.settings.database_url)) as database:
        fuzzer.report.findings = verify(database).findings
    fuzzer.report.took_s = time.monotonic() - began
    return fuzzer.report


def _try_all(fuzzer: Fuzzer, cases: int, chosen_seed: int) -> None:
    said = fuzzer.session.get(f"{fuzzer.base}/openapi.json", timeout=ANSWER_S).json()
    if money_paths(said) != set(TARGETS):
        raise SystemExit(f"not tried: {money_paths(said) ^ set(TARGETS)}")
    ways = _ways(said, fuzzer.doors)
    turns = [
        (path, way) for path in TARGETS for way in WAYS if way != "broken" or _has_body(said, path)
    ]
    for number in itertools.count():
        left = cases - fuzzer.report.cases
        if left <= 0:
            return
        # A long run takes half of them at first: the second time there is more to reverse, settle and approve.
        # An endpoint with little to say runs out of bodies, and others take its share in a further round.
        share = -(-(left // 2 if number == 0 and cases >= SHORT else left) // len(turns))
        for place, (path, way) in enumerate(turns):
            more = min(share, cases - fuzzer.report.cases)
            if more > 0:
                own_seed = (chosen_seed * 1000 + number) * len(turns) + place
                _try(fuzzer, ways[way], path, way=way, cases=more, chosen_seed=own_seed)


def _has_body(spec: Spec, path: str) -> bool:
    return "requestBody" in spec["paths"][path]["post"]


def _ways(spec: Spec, doors: Doors) -> dict[str, Callable[[str], Any]]:
    """Per way of making a body: from the operation of a path to its strategy."""
    plain = closed(spec)
    timely = with_names(plain, {"occurred_at": doors.names["occurred_at"]})
    documents = {
        "documented": (timely, timely, GenerationMode.POSITIVE),
        "named": (
            with_names(plain, doors.names),
            with_names(plain, doors.till_names),
            GenerationMode.POSITIVE,
        ),
        "broken": (plain, plain, GenerationMode.NEGATIVE),
    }
    return {way: _maker(desk, till, mode) for way, (desk, till, mode) in documents.items()}


def _maker(desk: Spec, till: Spec, mode: GenerationMode) -> Callable[[str], Any]:
    config = SchemathesisConfig()
    read = {
        False: schemathesis.openapi.from_dict(desk, config=config),
        True: schemathesis.openapi.from_dict(till, config=config),
    }

    def made(path: str) -> Any:
        operation = read[TARGETS[path] == TILL][path]["POST"]
        return operation.as_strategy(generation_mode=mode)

    return made


def _try(
    fuzzer: Fuzzer, made: Callable[[str], Any], path: str, *, way: str, cases: int, chosen_seed: int
) -> None:
    """Generate and send ``cases`` bodies. Failures are collected, not shrunk: the first of a kind is telling."""

    @seed(chosen_seed)
    @settings(
        max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=made(path))
    def send(case: Case[Any]) -> None:
        fuzzer.send(case, path, way)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the generator's own, about patterns it cannot shorten
        send()


def main() -> int:
    """Run, print, and end with 1 when anything failed."""
    parser = argparse.ArgumentParser(description="fuzz every money endpoint of a real server")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nuanzao-fuzz-") as folder:
        report = run(asked.cases, asked.seed, Path(folder))
    say = sys.stdout.write
    for path, counts in report.answers.items():
        said = "  ".join(f"{status}: {number}" for status, number in sorted(counts.items()))
        say(f"{path:24} {sum(counts.values()):6}   {said}\n")
    for failure in report.failures:
        say(f"FAILED {failure.path} ({failure.way}) {failure.what}\n       {failure.body}\n")
    say(
        f"seed {asked.seed}, {report.cases} cases in {report.took_s:.0f} s, "
        f"{len(report.failures)} failures, {len(report.findings)} findings of the verifier\n"
    )
    return 1 if report.failures or report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
