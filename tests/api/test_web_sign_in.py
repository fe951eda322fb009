"""The door: sign-in, lock-out, sessions, the token of forms."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import auth, clock
from api.auth import SESSION_COOKIE, Role, SignInPaused, SignInWatch, token_hash
from api.tables import CountyFact, StaffSession, StaffUser
from tests.api.web_county import PASSWORD, TOKENS, Web, charge_body, served


@pytest.fixture
def web(factory: Any, tmp_path: Path) -> Iterator[Web]:
    with served(factory, tmp_path) as made:
        yield made


def open_door(web: Web) -> str:
    """Visit /login with an empty browser; the token of its form."""
    web.client.cookies.clear()
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', web.client.get("/login").text)
    assert found
    return found[1]


def sign_in(web: Web, username: str, password: str = PASSWORD) -> int:
    form = {"username": username, "password": password, "csrf": open_door(web)}
    return web.client.post("/login", data=form, follow_redirects=False).status_code


def test_a_right_password_opens_a_session_and_leads_to_the_own_page(web: Web) -> None:
    home = {"cashier": "/till", "county": "/township", "auditor": "/auditor"}
    for username, page in home.items():
        assert sign_in(web, username) == 303
        assert web.client.get("/", follow_redirects=False).headers["location"] == page
        assert web.client.get(page).status_code == 200


def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_stored_as_a_hash(web: Web) -> None:
    form = {"username": "cashier", "password": PASSWORD, "csrf": open_door(web)}
    answer = web.client.post("/login", data=form, follow_redirects=False)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = web.client.cookies[SESSION_COOKIE]
    stored = {row.token_hash for row in web.rows(StaffSession)}
    assert token_hash(token) in stored
    assert token not in stored


def test_wrong_names_and_passwords_and_locked_accounts_look_the_same(web: Web) -> None:
    with web.house.database.write(actor="t", action="t") as session:
        session.get_one(StaffUser, "driver").locked = True
    answers = [sign_in(web, "cashier", "wrong"), sign_in(web, "nobody"), sign_in(web, "driver")]
    assert answers == [401, 401, 401]


def test_five_wrong_passwords_pause_a_name_even_for_the_right_one(web: Web) -> None:
    assert [sign_in(web, "cashier", "wrong") for _ in range(5)] == [401] * 5
    assert sign_in(web, "cashier") == 429
    assert sign_in(web, "kitchen") == 303


def test_a_pause_ends_after_fifteen_minutes_and_success_forgets_failures() -> None:
    watch, start = SignInWatch(), clock.now()
    for _ in range(5):
        watch.failed("a", start)
    with pytest.raises(SignInPaused) as pause:
        watch.check("a", start + timedelta(minutes=14, seconds=59))
    assert pause.value.minutes == 1
    watch.check("a", start + timedelta(minutes=15))
    for _ in range(4):
        watch.failed("b", start)
    watch.succeeded("b")
    watch.failed("b", start)
    watch.check("b", start)


def test_the_watch_keeps_a_bounded_number_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "WATCHED_NAMES", 3)
    watch = SignInWatch()
    for name in "abcdef":
        watch.failed(name, clock.now())
    assert list(watch._failures) == ["d", "e", "f"]


def test_signing_out_ends_the_session_on_the_server(web: Web) -> None:
    assert web.get("/till", Role.CASHIER).status_code == 200
    assert web.form("/logout", Role.CASHIER).headers["location"] == "/login"
    assert web.get("/till", Role.CASHIER).status_code == 303


def test_an_expired_session_and_a_locked_account_are_nobody(web: Web) -> None:
    with web.house.database.write(actor="t", action="t") as session:
        kept = session.get_one(StaffSession, token_hash(TOKENS[Role.CASHIER]))
        kept.expires_at = clock.now() - timedelta(seconds=1)
        session.get_one(StaffUser, "kitchen").locked = True
    assert web.get("/api/session", Role.CASHIER).status_code == 401
    assert web.get("/api/session", Role.KITCHEN).status_code == 401
    assert web.get("/api/session", Role.DRIVER).status_code == 200


def test_a_post_without_the_token_of_its_own_session_changes_nothing(web: Web) -> None:
    foreign = web.as_role(Role.DRIVER)["headers"]
    for headers in ({}, {"x-csrf-token": "0" * 64}, {"x-csrf-token": "暖灶".encode()}, foreign):
        web.client.cookies.clear()
        web.client.cookies.set(SESSION_COOKIE, TOKENS[Role.CASHIER])
        answer = web.client.post("/api/charges", json=charge_body(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "api.form_not_ours")
    assert web.form("/till", Role.CASHIER, csrf="x").status_code == 403
    assert web.get("/api/days/2026-11-20/charges", Role.COUNTY).json()["totals"] == []


def test_the_session_endpoint_gives_the_token_that_posts_need(web: Web) -> None:
    who = web.get("/api/session", Role.CASHIER).json()
    assert (who["role"], who["scope"]) == ("cashier", "S1")
    headers = {"x-csrf-token": who["csrf_token"]}
    assert web.client.post("/api/charges", json=charge_body(), headers=headers).status_code == 200


def test_odd_sign_in_forms_get_a_clear_4xx(web: Web) -> None:
    for name in ("", "\x00", "a" * 300, "管理员", "👵", "' or 1=1 --"):
        assert sign_in(web, name) in {400, 401}, name
    assert sign_in(web, "cashier", "\x00") == 401
    assert sign_in(web, "cashier", "x" * 5000) == 400
    form = {"username": "cashier", "password": PASSWORD, "csrf": open_door(web)}
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"\xff\xfe", b"%", b"=&=&=", b"a" * 100_000, b""):
        assert web.client.post("/login", content=body, headers=kind).status_code in {400, 403}
    files = {"csrf": ("x.txt", b"x")}
    assert web.client.post("/login", data=form, files=files).status_code in {400, 403}
    web.client.cookies.set(SESSION_COOKIE, "x" * 64)
    assert web.client.get("/api/session").status_code == 401


def test_only_a_demo_county_shows_its_logins(web: Web) -> None:
    assert "nuanzao-demo" not in web.client.get("/login").text
    with web.house.database.write(actor="t", action="t") as session:
        session.add(CountyFact(name="demo_seed", value="1"))
    page = web.client.get("/login").text
    assert "nuanzao-demo" in page
    assert "cashier" in page
