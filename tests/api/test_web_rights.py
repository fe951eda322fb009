"""Who may open what: every endpoint and page, every role, the own and the other side of the county."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.auth import EVERYBODY, Role
from tests.api.web_county import DAY, Web, charge_body, served

C, D, K, T, CO, F, A, AU = Role
ENDPOINTS = {
    "/api/session": set(EVERYBODY),
    "/api/policies/tonglu-demo": set(EVERYBODY),
    "/api/audit/head": {CO, A, AU},
    f"/api/days/{DAY}": {CO, AU},
    f"/api/days/{DAY}/forecast": {C, K, T, CO, AU},
    f"/api/days/{DAY}/production": {K, CO, AU},
    f"/api/days/{DAY}/routes": {C, D, K, T, CO, AU},
    f"/api/days/{DAY}/routes.geojson": {C, D, K, T, CO, AU},
    f"/api/days/{DAY}/exceptions": {C, K, T, CO, AU},
    f"/api/days/{DAY}/charges": {C, T, CO, AU},
    f"/api/menus?first={DAY}&kitchen=K1": {K, CO, AU},
    f"/api/purchases?week={DAY}&kitchen=K1": {K, CO, AU},
    "/api/safety?kitchen=K1": {K, CO, AU},
    "/api/stock?kitchen=K1": {K, CO, AU},
    f"/api/waste?first={DAY}&last={DAY}&kitchen=K1": {K, CO, AU},
    f"/api/second-rounds?day={DAY}&kitchen=K1": {C, K, CO},
    "/api/findings?month=2026-11": {C, K, T, CO, AU},
    "/api/refund-list": {T, CO, AU},
    "/api/disputes": {C, T, CO, AU},
    "/api/proposals": {T, CO, AU},
}
PAGES = {
    "/till": {C},
    "/driver": {D},
    "/kitchen": {K, CO, AU},
    "/kitchen/desk": {K, CO, AU},
    "/kitchen/accuracy": {K, CO, AU},
    "/kitchen/calendar": {K, CO, AU},
    "/kitchen/menu": {K, CO, AU},
    "/kitchen/log": {K, CO, AU},
    "/kitchen/goods": {K, CO, AU},
    "/recall": {CO, AU},
    "/township": {T, CO, AU},
    "/family": {F},
    "/admin": {A},
    "/auditor": {AU},
}
POSTS = {
    "/api/charges": {C},
    "/api/charges/batch": {C},
    "/api/reversals": {C, T},
    "/api/stops/outcome": {D},
    "/api/purses/top-up": {C, T, CO},
    "/api/purses/refund": {C, T, CO},
    "/api/purses/plan": {C, T, CO},
    "/api/purses/donation": {T, CO},
    "/api/purses/pay-out": {T, CO},
    "/api/disputes/settle": {C, T, CO},
    "/api/proposals/decide": {T, CO},
    "/api/grants": {T, CO},
    "/api/grants/post": {T, CO},
    "/api/seniors/find": {C, T, CO},
    "/till": {C},
    "/till/charges/x/reversal": {C},
    "/api/menus/plan": {K, CO},
    "/api/menus/set": {K, CO},
    "/api/menus/check": {K, CO, AU},
    f"/api/days/{DAY}/production": {K, CO},
    "/api/findings/check": {T, CO},
    "/api/findings/settle": {K, T, CO},
    "/api/pots": {K, CO},
    "/api/pots/lot": {K, CO},
    "/api/checks": {K, CO},
    "/api/deviations/action": {K, CO},
    "/api/samples": {K, CO},
    "/api/samples/discard": {K, CO},
    "/api/deliveries": {K, CO},
    "/api/stock/count": {K, CO},
    "/api/waste": {C, K, CO},
    "/api/shortages": {C, K, CO},
    "/api/second-rounds": {C, K, CO},
    "/api/second-rounds/received": {C, K, CO},
    "/kitchen/log": {K, CO},
    "/kitchen/goods": {K, CO},
    "/driver/outcome": {D},
    "/kitchen/desk": {K},
    "/kitchen/calendar": {K, CO},
    "/kitchen/menu": {K, CO},
    "/auditor/verify": {AU},
}

# Tills have no role: a token or a one-time code, see test_web_devices.py and test_till_protocol.py.
TILLS = {
    "/api/devices/enrol", "/api/till/epoch", "/api/till/time", "/api/till/hello", "/api/till/rules",
    "/api/till/snapshot", "/api/till/upload",
}  # fmt: skip


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def test_every_endpoint_and_page_opens_for_its_roles_only(web: Web) -> None:
    for path, allowed in {**ENDPOINTS, **PAGES}.items():
        for role in Role:
            answer = web.get(path, role)
            assert answer.status_code == (200 if role in allowed else 403), (path, role)


def test_nobody_gets_in_without_signing_in(web: Web) -> None:
    for path in ENDPOINTS:
        answer = web.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "api.sign_in_needed"), path
    for path in PAGES:
        answer = web.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path


def test_a_post_of_another_role_is_refused_before_its_body_is_read(web: Web) -> None:
    for path, allowed in POSTS.items():
        for role in set(Role) - allowed:
            answer = web.post(
                path, role, content=b"{", headers={"content-type": "application/json"}
            )
            assert answer.status_code == 403, (path, role)


def test_every_registered_path_stands_in_the_tables_above(web: Web) -> None:
    known = {
        *ENDPOINTS,
        *PAGES,
        *POSTS,
        *TILLS,
        "/",
        "/login",
        "/logout",
        "/health",
        "/openapi.json",
    }
    shown = {
        path.split("?")[0]
        .replace(str(DAY), "{day:str}")
        .replace("tonglu-demo", "{policy_id:str}")
        .replace("/x/", "/{charge_id:str}/")
        for path in known
    }
    shown |= {"/till/charges/{charge_id:str}", "/static/{file_path:path}"}
    shown |= {"/menu", "/menu/{site_id:str}"}  # for everybody, signed in or not
    shown |= {"/kitchen/record.pdf", "/kitchen/samples.pdf", "/menu/{site_id:str}/wall.pdf"}
    shown |= {"/api/seniors/{senior_id:str}/purses", "/api/menus/options", "/api/recall"}
    routes = {route.path_format for route in web.app.routes}
    assert {path for path in routes if not path.startswith("/openapi.json/")} == {
        path.replace(":str}", "}").replace(":path}", "}") for path in shown
    }


@pytest.mark.parametrize("other", [False, True], ids=["own", "other"])
def test_everybody_sees_the_own_part_of_a_day_only(web: Web, other: bool) -> None:
    n = "2" if other else "1"

    def sites(path: str, role: Role) -> set[str]:
        rows = web.get(f"/api/days/{DAY}/{path}", role, other=other).json()
        return {row["site_id"] for row in rows}

    for role in (C, K, T):
        assert sites("forecast", role) == {f"S{n}"}
        assert sites("exceptions", role) == {f"S{n}"}
    for role in (CO, AU):
        assert sites("forecast", role) == {"S1", "S2"}
        assert sites("exceptions", role) == {"S1", "S2", ""}
    for role in (C, D, K, T):
        stops = web.get(f"/api/days/{DAY}/routes", role, other=other).json()["stops"]
        assert [stop["place"]["site_id"] for stop in stops] == [f"S{n}"]
    batches = web.get(f"/api/days/{DAY}/production", K, other=other).json()["batches"]
    assert [batch["batch_id"] for batch in batches] == [f"B{n}"]


def test_charge_totals_hold_the_own_sites_only(web: Web) -> None:
    assert web.post("/api/charges", C, json=charge_body()).status_code == 200
    path = f"/api/days/{DAY}/charges"
    for role in (C, T):
        assert len(web.get(path, role).json()["totals"]) == 1
        assert web.get(path, role, other=True).json()["totals"] == []
    total = web.get(path, CO).json()["totals"][0]
    assert total["site_id"] == "S1"
    assert (total["charges"], total["meals"], total["cash_fen"]) == (1, 1, 1500)


def test_nobody_charges_or_delivers_on_the_other_side(web: Web) -> None:
    refused = web.post("/api/charges", C, other=True, json=charge_body())
    assert (refused.status_code, refused.json()["code"]) == (403, "api.not_yours")
    mixed = [charge_body(), charge_body(charge_id="c-2", device_id="T2")]
    assert web.post("/api/charges/batch", C, json=mixed).status_code == 403
    assert web.get(f"/api/days/{DAY}/charges", CO).json()["totals"] == []
    outcome = {
        "site_id": "S2",
        "day": str(DAY),
        "period": "LUNCH",
        "received": 12,
        "outcome": "DELIVERED",
    }
    assert web.post("/api/stops/outcome", D, json=outcome).status_code == 403
    assert web.get("/kitchen?kitchen=K2", K).status_code == 404
    assert web.get("/township?township=330122002", T).status_code == 404


def test_county_and_auditor_choose_any_kitchen_and_township(web: Web) -> None:
    for role in (CO, AU):
        assert "K2食堂" in web.get("/kitchen?kitchen=K2", role).text
        assert "乡2" in web.get("/township?township=330122002", role).text


def test_a_charge_of_another_site_is_not_shown(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body())
    assert web.get("/till/charges/c-1", C).status_code == 200
    assert web.get("/till/charges/c-1", C, other=True).status_code == 403
    assert web.get("/till/charges/none", C).status_code == 404


def test_no_answer_carries_an_id_number_a_hardship_or_a_whole_name(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body(card_code=web.code()))
    for path, allowed in {**ENDPOINTS, **PAGES, "/till/charges/c-1": {C}}.items():
        for role in allowed:
            text = web.get(path, role).text
            assert "secret-cipher" not in text, path
            if path not in {"/api/policies/tonglu-demo", "/admin"}:  # a policy's own text
                assert "DESTITUTE" not in text, path
            if role is not F:
                assert "张桂花" not in text, path
    assert "张**" in web.get("/till/charges/c-1", C).text
