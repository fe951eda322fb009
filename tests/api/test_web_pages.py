"""The pages: both languages, no inline script or style, the till's form, the driver's form, the map."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from api import clock
from api.auth import SESSION_COOKIE, Role, csrf_token
from api.labels import label, masked
from api.pages import rendering
from api.pages.driver import tenths
from kitchen.day_tables import DayRecord, RouteStop, RunPlan
from kitchen.kinds import MealPeriod
from pos.tables import Charge, Refusal, SiteClose
from tests.api.web_county import DAY, TOKENS, Web, charge_body, served

C, D, K, T, CO, F, A, AU = Role
PAGES = {
    "/till": C, "/driver": D, "/kitchen": K, "/township": T, "/family": F, "/admin": A,
    "/auditor": AU, "/kitchen/desk": K, "/kitchen/accuracy": K, "/kitchen/calendar": K, "/kitchen/menu": K, "/kitchen/log": K, "/kitchen/goods": K, "/recall": CO, "/recall?batch=B1": CO, "/login": None, "/menu": None, "/menu/S1": None, "/no-such-page": None, "/till?day=2026-13-01": C,
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")
VOID = {"meta", "link", "input", "img", "br"}


class Reader(HTMLParser):
    """Collects what a page must not have, and the Chinese text outside ``lang="zh-CN"``."""

    def __init__(self) -> None:
        super().__init__()
        self.langs: list[str] = []
        self.inline: list[str] = []
        self.strange: list[str] = []
        self.controls: list[dict[str, str | None]] = []
        self.labelled: set[str] = set()
        self.tables = self.captions = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in {"script", "style"} or "style" in named or any(n.startswith("on") for n in named):
            self.inline.append(f"{tag} {named}")
        if tag in {"input", "select"} and named.get("type") not in {"hidden", "radio"}:
            self.controls.append(named)
        if tag == "label" and named.get("for"):
            self.labelled.add(str(named["for"]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag not in VOID:
            self.langs.append(named.get("lang") or (self.langs[-1] if self.langs else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.langs.pop()

    def handle_data(self, data: str) -> None:
        if CHINESE.search(data) and self.langs and self.langs[-1] == "en":
            self.strange.append(data)


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def test_every_page_speaks_both_languages_and_carries_no_inline_code(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body(card_code=web.code()))
    web.post("/api/charges", C, json=charge_body(charge_id="c-2", counter=2, card_code="1"))
    pages = {**PAGES, "/till/charges/c-1": C, "/till/charges/c-2": C, "/kitchen?kitchen=K2": CO}
    for path, role in pages.items():
        for lang, tag in (("zh", "zh-CN"), ("en", "en")):
            answer = web.get(path + ("&" if "?" in path else "?") + f"lang={lang}", role)
            assert answer.status_code < 500
            assert f'<html lang="{tag}">' in answer.text, path
            reader = Reader()
            reader.feed(answer.text)
            assert reader.inline == [], path
            assert reader.strange == [], path
            assert reader.tables == reader.captions, path
            assert {str(control.get("id")) for control in reader.controls} <= reader.labelled, path


def test_every_answer_carries_the_security_headers(web: Web) -> None:
    paths = (
        "/login",
        "/till",
        "/no-such-page",
        "/api/session",
        "/health",
        "/static/nuanzao.css",
        "/openapi.json",
    )
    for path in paths:
        headers = web.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_the_chosen_language_is_remembered(web: Web) -> None:
    web.client.cookies.clear()
    assert "Sign in" in web.client.get("/login?lang=en").text
    assert "Sign in" in web.client.get("/login").text
    assert "登录" in web.client.get("/login?lang=zh").text
    assert "登录" in web.client.get("/login?lang=xx").text


def test_odd_days_and_names_in_addresses_get_a_clear_4xx(web: Web) -> None:
    days = (
        "x",
        "20261120",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "2026-11-20T00:00",
        "9" * 400,
    )
    for day in days:
        for rest in (
            "",
            "/forecast",
            "/production",
            "/routes",
            "/routes.geojson",
            "/exceptions",
            "/charges",
        ):
            assert web.get(f"/api/days/{day}{rest}", CO).status_code in {400, 404}, (day, rest)
        for path in ("/township", "/kitchen"):
            assert web.get(f"{path}?day={day}", CO).status_code == 400, (day, path)
    for name in ("%00", "a%00b", "..%2f..", "x" * 300, "%F0%9F%98%80", "' or 1=1"):
        assert web.get(f"/api/policies/{name}", CO).status_code in {400, 404}, name
        assert web.get(f"/till/charges/{name}", C).status_code in {400, 404}, name
        assert web.get(f"/township?township={name}", CO).status_code in {400, 404}, name
        assert web.get(f"/kitchen?kitchen={name}", CO).status_code in {400, 404}, name


def form_of(web: Web, **changes: Any) -> dict[str, Any]:
    """The till's form as the page renders it, for a guest."""
    page = web.get("/till", C).text
    found = re.search(r'name="charge_id" value="([^"]+)"', page)
    assert found
    return {"charge_id": found[1], "period": "LUNCH", "quantity": "1", "who": "guest", **changes}


def test_the_till_charges_the_sites_own_price_and_shows_who_pays(web: Web) -> None:
    answer = web.form("/till", C, **form_of(web, who="card", card_code=web.code()))
    assert answer.status_code == 303
    page = web.get(answer.headers["location"], C).text
    for shown in ("张**", "15.00", "12.00", "自有余额", "tonglu-demo", "60-79", "自付比例"):
        assert shown in page, shown
    [stored] = web.rows(Charge)
    assert (stored.list_price_fen, stored.senior_id, stored.own_fen) == (1500, "E1", 1200)
    assert stored.business_day == clock.today()


def test_a_second_meal_of_the_period_is_explained_on_the_result_page(web: Web) -> None:
    for number in (1, 2):
        web.post(
            "/api/charges",
            C,
            json=charge_body(charge_id=f"m-{number}", counter=number, card_code=web.code()),
        )
    assert "按原价" not in web.get("/till/charges/m-1", C).text
    assert "按原价：本餐次已补助一次" in web.get("/till/charges/m-2", C).text


def test_a_double_click_charges_once(web: Web) -> None:
    form = form_of(web)
    token = TOKENS[C]
    form["csrf"] = csrf_token(web.house, token)
    web.client.cookies.set(SESSION_COOKIE, token)

    def click(_number: int) -> int:
        return int(web.client.post("/till", data=form, follow_redirects=False).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(click, range(8))) == {303}
    assert len(web.rows(Charge)) == 1
    assert web.form("/till", C, **form_of(web)).status_code == 303
    assert sorted(row.counter for row in web.rows(Charge)) == [1, 2]


def test_a_form_changed_after_it_was_charged_is_a_conflict_and_charges_nothing(web: Web) -> None:
    form = form_of(web)
    web.form("/till", C, **form)
    answer = web.form("/till", C, **{**form, "quantity": "2"})
    assert answer.status_code == 409
    assert "没有收费" in answer.text
    assert len(web.rows(Charge)) == 1


def test_a_refused_card_is_explained_and_the_next_form_works(web: Web) -> None:
    answer = web.form("/till", C, **form_of(web, who="card", card_code="123"))
    page = web.get(answer.headers["location"], C).text
    assert "49 位" in page
    assert len(web.rows(Refusal)) == 1
    assert web.form("/till", C, **form_of(web)).status_code == 303
    assert [row.counter for row in web.rows(Charge)] == [2]


def test_a_meal_that_is_closed_today_is_said_before_it_is_charged(web: Web) -> None:
    form = form_of(web)
    with web.house.database.write(actor="t", action="t") as session:
        session.add(
            SiteClose(
                site_id="S1",
                day=clock.today(),
                period="LUNCH",
                charged_meals=0,
                takings_cash_fen=0,
                closed_by="t",
                closed_at=clock.now(),
            )
        )
    page = web.get("/till", C).text
    assert "都已日结" in page
    assert "charge_id" not in page
    answer = web.form("/till", C, **form)
    assert "sale.meal_closed" in web.get(answer.headers["location"], C).text


def test_odd_till_forms_are_refused_and_charge_nothing(web: Web) -> None:
    for changes in (
        {"quantity": "0"}, {"quantity": "x"}, {"quantity": "99999999999999999999"}, {"who": "boss"},
        {"period": "SUPPER"}, {"period": "TEA"}, {"charge_id": ""}, {"charge_id": "a b"},
        {"price": "1"}, {"card_code": "1" * 65}, {"charge_id": ["a", "b"]},
    ):  # fmt: skip
        assert web.form("/till", C, **form_of(web, **changes)).status_code == 400, changes
    assert web.rows(Charge) == web.rows(Refusal) == []


def outcome(**changes: Any) -> dict[str, Any]:
    said = {
        "site_id": "S1",
        "day": str(DAY),
        "period": "LUNCH",
        "received": 12,
        "outcome": "DELIVERED",
    }
    return {**said, **changes}


def stop_of(web: Web) -> RouteStop:
    [stop] = [stop for stop in web.rows(RouteStop) if stop.site_id == "S1"]
    assert isinstance(stop, RouteStop)
    return stop


def test_a_driver_records_an_outcome_once(web: Web) -> None:
    said = outcome(received=11, outcome="SHORT", reason="一盒打翻", arrival_temp_dc=655)
    for _ in range(2):
        answer = web.post("/api/stops/outcome", D, json=said)
        assert (answer.status_code, answer.json()["received"]) == (200, 11)
    stored = stop_of(web)
    assert (stored.outcome, stored.reason, stored.arrival_temp_dc) == ("SHORT", "一盒打翻", 655)
    changed = web.post("/api/stops/outcome", D, json=outcome())
    assert (changed.status_code, changed.json()["code"]) == (409, "api.outcome_conflict")
    assert stop_of(web).received == 11


def test_outcomes_that_contradict_themselves_are_refused(web: Web) -> None:
    for changes in (
        {"received": 13}, {"received": 11}, {"outcome": "SHORT", "reason": "x"},
        {"received": 5, "outcome": "NOT_HOME", "reason": "x"}, {"received": 0, "outcome": "REFUSED"},
        {"outcome": "LEFT_WITH_NEIGHBOUR"}, {"received": -1}, {"arrival_temp_dc": 5000},
    ):  # fmt: skip
        answer = web.post("/api/stops/outcome", D, json=outcome(**changes))
        assert answer.status_code == 400, changes
    assert web.post("/api/stops/outcome", D, json=outcome(site_id="S9")).status_code == 404
    assert stop_of(web).outcome is None


def test_a_closed_day_takes_no_more_outcomes(web: Web) -> None:
    with web.house.database.write(actor="t", action="t") as session:
        session.get_one(DayRecord, DAY).closed_at = clock.now()
    answer = web.post("/api/stops/outcome", D, json=outcome())
    assert (answer.status_code, answer.json()["code"]) == (409, "api.day_locked")


def test_the_drivers_form_records_and_leads_back(web: Web) -> None:
    page = web.get(f"/driver?day={DAY}", D).text
    assert "https://uri.amap.com/navigation?to=119.6" in page
    assert "geo:29.850000,119.600000" in page
    fields = {
        "site_id": "S1",
        "day": str(DAY),
        "period": "LUNCH",
        "received": "12",
        "outcome": "DELIVERED",
    }
    answer = web.form("/driver/outcome", D, **fields, temp_c="65.5")
    assert answer.headers["location"] == f"/driver?day={DAY}"
    assert stop_of(web).arrival_temp_dc == 655
    assert "65.5 ℃" in web.get(f"/driver?day={DAY}", D).text
    assert web.form("/driver/outcome", D, **fields, temp_c="hot").status_code == 400


@pytest.mark.parametrize(
    ("text", "wanted"), [("65.5", 655), ("65", 650), (" -3.2 ", -32), ("", None), ("120", 1200)]
)
def test_a_temperature_is_read_without_a_float(text: str, wanted: int | None) -> None:
    assert tenths(text) == wanted


def test_yes_and_no_of_a_finding_are_words() -> None:
    assert [label(said, "zh") for said in (True, False)] == ["是", "否"]
    assert [label(said, "en") for said in (True, False)] == ["yes", "no"]


def test_routes_are_geojson_with_longitude_first(web: Web) -> None:
    answer = web.get(f"/api/days/{DAY}/routes.geojson", D)
    features = answer.json()["features"]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [119.6, 29.85]}
    assert features[1]["geometry"]["type"] == "LineString"
    assert features[1]["geometry"]["coordinates"][0] == [119.7, 29.8]


def test_the_kitchens_map_draws_outline_sites_and_rounds(web: Web) -> None:
    page = web.get("/kitchen", K).text
    assert page.count("<circle") == 2
    assert page.count('class="round r0" points') == 1
    assert '<polygon class="outline"' in page


@pytest.mark.parametrize(
    ("bound", "proven", "shown"),
    [
        (
            2_559_000_00,
            False,
            "the rounds cost 2815 yuan, proven not below 2559 yuan (at most 9.1%",
        ),
        (2_814_001_00, True, "the rounds cost 2815 yuan, proven to be the least"),
        (None, False, "the rounds cost 2815 yuan; there was no time to prove"),
        (295_000_00, False, "the rounds cost 2815 yuan; there was no time to prove"),
    ],
)
def test_the_kitchen_sees_what_its_rounds_cost_and_what_could_still_be_saved(
    web: Web, bound: int | None, proven: bool, shown: str
) -> None:
    with web.house.database.write(actor="t", action="t") as session:
        session.add(
            RunPlan(
                kitchen_id="K1",
                day=DAY,
                period=MealPeriod.LUNCH,
                problem={},
                plan={},
                cost=2_814_001_00,
                bound=bound,
                proven=proven,
            )
        )
    page = web.get("/kitchen?lang=en", K).text
    assert shown in page


def test_the_township_page_adds_up_what_funders_owe(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body(card_code=web.code()))
    page = web.get(f"/township?day={DAY}", T).text
    for shown in ("1.50", "0.90", "0.60", "3.00", "到点短少"):
        assert shown in page, shown
    assert "S2食堂" not in page


def test_the_family_sees_menu_orders_and_the_purse(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body(card_code=web.code()))
    page = web.get(f"/family?day={DAY}", F).text
    for shown in ("张桂花", "红烧肉", "电话订餐", "38.00", "-12.00", "+50.00"):
        assert shown in page, shown


def test_the_auditor_verifies_on_demand(web: Web) -> None:
    web.post("/api/charges", C, json=charge_body(card_code=web.code()))
    answer = web.form("/auditor/verify", AU)
    assert answer.status_code == 200
    assert "没有任何改动" in answer.text
    seq, sha256 = web.get("/api/audit/head", AU).json().values()
    assert (
        f"最新区块 {seq}" in answer.text.replace("</h2>", "").replace("  ", " ")
        or sha256 in answer.text
    )


def test_the_openapi_document_names_every_json_endpoint_with_examples(web: Web) -> None:
    document = web.get("/openapi.json").json()
    assert {"/api/charges", "/api/charges/batch", "/api/stops/outcome", "/health"} <= set(
        document["paths"]
    )
    assert "/till" not in document["paths"]
    body = document["paths"]["/api/charges"]["post"]["requestBody"]["content"]["application/json"]
    example = body["schema"]["examples"][0]
    assert web.post("/api/charges", C, json={**example, "device_id": "T1"}).status_code == 200


def test_health_tells_version_schema_and_head(web: Web) -> None:
    said = web.get("/health").json()
    assert said["status"] == "ok"
    assert said["head"] >= 1
    assert said["schema"]


def test_an_internal_error_is_said_in_both_languages_without_its_text(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("api.handlers.days.read_day", break_down)
    answer = web.get(f"/api/days/{DAY}", CO)
    assert answer.status_code == 500
    assert answer.json()["code"] == "http.500"
    assert "secret" not in answer.text


def test_every_code_that_tables_hold_has_a_word() -> None:
    from kitchen import kinds
    from kitchen.chain import LINKS
    from pos import kinds as pos_kinds
    from pos.policy_parts import Funder
    from pos.quote import Reason, StageName

    enums = [
        kinds.MealPeriod, kinds.StopOutcome, kinds.OrderState, kinds.OrderSource, kinds.SiteKind,
        pos_kinds.PurseKind, pos_kinds.SeniorState, pos_kinds.CardState, pos_kinds.ChargeState,
        Funder, StageName, Role,
    ]  # fmt: skip
    codes = [str(member) for enum in enums for member in enum] + list(LINKS)
    codes += [str(reason) for reason in Reason if reason]
    assert [code for code in codes if label(code, "zh") == code] == []
    assert label("60-79", "zh") == "60-79"
    assert label("WOK-2", "en") == "Wok 2"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("张桂花", "张**"), ("欧阳桂花", "欧**"), ("张", "张*"), ("", "*")],
)
def test_a_masked_name_keeps_its_first_character_only(name: str, shown: str) -> None:
    assert masked(name) == shown


def test_templates_hold_no_style_attribute_and_no_script() -> None:
    for path in (rendering.HOME / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<script|<style|\son\w+=", text), path.name
