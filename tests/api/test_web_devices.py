"""Tills: added, enrolled with a one-time code, recognised by their token, restored, taken out of service."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api import clock
from api.app import create_app
from api.auth import SESSION_COOKIE, Role
from api.commands import device as device_commands
from api.device_auth import device_of, needs_device
from api.devices import (
    ALPHABET,
    CODE_LENGTH,
    DeviceRevoked,
    DeviceUnknown,
    EnrolmentRefused,
    add_device,
    device_by_token,
    enrol,
    enrolment_code,
    list_devices,
    revoke_device,
)
from api.failures import NotFound
from api.handlers.devices import ENROL_TRIES
from api.pace import Pace
from api.tables import AuditBlock
from api.verify import verify
from pos.money_tables import DeviceEnrolment
from pos.requests import ClockNote
from pos.tables import Device
from pos.till_clock import clock_proof
from tests.api.web_county import TOKENS, Web, charge_body, served

ENROL, EPOCH, TIME = "/api/devices/enrol", "/api/till/epoch", "/api/till/time"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def one_web(factory: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One county for this file: every test adds a till of its own."""
    with served(factory, tmp_path_factory.mktemp("tills")) as made:
        yield made


@pytest.fixture
def web(one_web: Web) -> Web:
    """The county with no try of an enrolment counted yet."""
    one_web.app.state.enrolments = Pace(ENROL_TRIES)
    return one_web


@pytest.fixture
def till(web: Web) -> str:
    """A new till of S1, never enrolled."""
    return add_device(web.house, "S1", name="")


@pytest.fixture
def run(web: Web, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``nuanzao device ...`` in this process, on this test's database."""
    monkeypatch.setattr(device_commands, "open_house", lambda: web.house)

    def go(*words: object, code: int = 0) -> Result:
        done = CliRunner().invoke(device_commands.device, [str(word) for word in words])
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return go


def code_for(web: Web, device_id: str) -> str:
    return enrolment_code(web.house, device_id, minutes=15, now=clock.now()).code


def send(web: Web, code: str, **more: Any) -> Any:
    web.client.cookies.clear()
    return web.client.post(ENROL, json={"code": code, **more})


def enrolled(web: Web, device_id: str) -> dict[str, Any]:
    answer = send(web, code_for(web, device_id))
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def as_till(web: Web, path: str, token: str, method: str = "GET") -> Any:
    web.client.cookies.clear()
    return web.client.request(method, path, headers={"authorization": f"Device {token}"})


def stored(web: Web, device_id: str) -> Device:
    with web.house.database.read() as session:
        return session.get_one(Device, device_id)


# --- enrolment -----------------------------------------------------------------------------------


def test_a_code_makes_a_till_ours_once(web: Web, till: str) -> None:
    made = enrolled(web, till)
    assert (made["device_id"], made["site_id"], made["epoch"]) == (till, "S1", 1)
    at = datetime.fromisoformat(made["now"])
    assert made["proof"] == clock_proof(web.house.secrets.search_key, till, at)
    row = stored(web, till)
    assert row.token_hash == hashlib.sha256(made["token"].encode()).hexdigest()
    assert len(bytes.fromhex(made["token"])) == 32
    assert (row.epoch, row.enrolled_at is not None) == (1, True)
    (used,) = [given for given in web.rows(DeviceEnrolment) if given.device_id == till]
    assert (used.epoch, used.used_at is not None) == (1, True)
    assert as_till(web, TIME, made["token"]).status_code == 200


def test_code_and_token_are_kept_as_hashes_only(web: Web, till: str) -> None:
    code = code_for(web, till)
    token = send(web, code).json()["token"]
    rows = [*web.rows(DeviceEnrolment), *web.rows(Device), *web.rows(AuditBlock)]
    kept = "".join(str(row.__dict__) for row in rows)
    plain = code.replace(" ", "")
    assert plain not in kept
    assert code not in kept
    assert token not in kept
    assert hashlib.sha256(plain.encode()).hexdigest() not in kept  # could be found by trying


def test_a_code_is_understood_as_people_type_it(web: Web, till: str) -> None:
    for typed in ("{0} {1}", "{0}-{1}", " {0}{1} ", "{2}"):
        code = code_for(web, till)
        first, second = code.split()
        answer = send(web, typed.format(first, second, code.lower()))
        assert answer.status_code == 200, typed


def test_a_till_may_say_its_name(web: Web, till: str) -> None:
    assert send(web, code_for(web, till), device_name="门口平板").status_code == 200
    assert stored(web, till).name == "门口平板"
    send(web, code_for(web, till))
    assert stored(web, till).name == "门口平板"


def refusal(web: Web, code: str) -> tuple[int, str]:
    answer = send(web, code)
    return answer.status_code, answer.text


def test_used_expired_withdrawn_unknown_and_dead_codes_are_answered_alike(
    web: Web, till: str
) -> None:
    used = code_for(web, till)
    send(web, used)
    late = enrolment_code(web.house, till, minutes=15, now=clock.now() - timedelta(minutes=15)).code
    withdrawn = code_for(web, till)
    code_for(web, till)
    other = add_device(web.house, "S2", name="")
    dead = code_for(web, other)
    revoke_device(web.house, other, reason="lost", now=clock.now())
    answers = {refusal(web, c) for c in (used, late, withdrawn, dead, "2222 2222", "0OIL1 ééé")}
    ((status, text),) = answers
    assert (status, json.loads(text)["code"]) == (401, "api.enrolment_refused")
    assert stored(web, till).epoch == 1


def test_enrolling_again_raises_the_epoch_and_kills_the_older_token(web: Web, till: str) -> None:
    first, second = enrolled(web, till), enrolled(web, till)
    assert second["epoch"] == first["epoch"] + 1
    dead = as_till(web, TIME, first["token"])
    assert (dead.status_code, dead.json()["code"]) == (401, "api.device_unknown")
    assert as_till(web, TIME, second["token"]).status_code == 200


def test_a_code_sent_many_times_at_once_makes_one_till(web: Web, till: str) -> None:
    code, got = code_for(web, till), []

    def attempt() -> None:
        try:
            got.append(enrol(web.house, code, name=None, now=clock.now()).token)
        except EnrolmentRefused:
            got.append("")

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([token for token in got if token]) == 1
    assert stored(web, till).epoch == 1


UNREADABLE: list[dict[str, Any]] = [
    {}, {"code": ""}, {"code": "A"}, {"code": 12345678}, {"code": "2" * 21},
    {"code": "22222222", "device_name": ""}, {"code": "22222222", "device_name": "a\nb"},
    {"code": "22222222", "epoch": 9},
]  # fmt: skip


def test_an_unreadable_enrolment_is_refused(web: Web) -> None:
    web.client.cookies.clear()
    for body in UNREADABLE:
        assert web.client.post(ENROL, json=body).status_code == 400, body


def test_enrolment_is_tried_ten_times_a_minute_by_everybody_together(
    web: Web, monkeypatch: pytest.MonkeyPatch, till: str
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    good = code_for(web, till)
    for _ in range(ENROL_TRIES):
        assert send(web, "22222222").status_code == 401
    stopped = send(web, good)
    assert (stopped.status_code, stopped.json()["code"]) == (429, "api.too_fast")
    assert int(stopped.headers["retry-after"]) == 60
    moment += timedelta(minutes=1)
    assert send(web, good).status_code == 200


def test_a_code_has_no_letter_that_is_mistaken_for_another() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 30
    assert not set(ALPHABET) & set("01OILU")


def test_every_code_is_drawn_from_the_alphabet(web: Web, till: str) -> None:
    codes = {code_for(web, till) for _ in range(20)}
    assert len(codes) == 20
    for code in codes:
        assert set(code.replace(" ", "")) <= set(ALPHABET)
        assert len(code) == CODE_LENGTH + 1


# --- the token -----------------------------------------------------------------------------------


def test_the_time_comes_with_a_proof_that_a_charge_can_use(web: Web, till: str) -> None:
    made = enrolled(web, till)
    told = as_till(web, TIME, made["token"]).json()
    note = ClockNote(datetime.fromisoformat(told["now"]), told["proof"], 0)
    assert note.proof == clock_proof(web.house.secrets.search_key, till, note.server_at)
    assert note.proof != clock_proof(web.house.secrets.search_key, "T2", note.server_at)


def test_a_restored_till_gets_a_new_epoch_and_keeps_its_token(web: Web, till: str) -> None:
    made = enrolled(web, till)
    answer = as_till(web, EPOCH, made["token"], "POST")
    assert (answer.status_code, answer.json()) == (200, {"epoch": made["epoch"] + 1})
    assert stored(web, till).epoch == made["epoch"] + 1
    assert as_till(web, TIME, made["token"]).status_code == 200


NO_TILLS = (
    "", "Device", "Device ", "Bearer {token}", "{token}", "Device {token}0", "Device {wrong}",
    "Device {hash}", "Device é{token}", "Device {token} x",
)  # fmt: skip


def test_without_its_own_token_nobody_is_a_till(web: Web, till: str) -> None:
    token = enrolled(web, till)["token"]
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    for header in NO_TILLS:
        said = header.format(token=token, wrong=wrong, hash=stored(web, till).token_hash)
        for method, path in (("GET", TIME), ("POST", EPOCH)):
            sent = {"authorization": said.encode("latin-1")}
            answer = web.client.request(method, path, headers=sent)
            assert (answer.status_code, answer.json()["code"]) == (401, "api.device_unknown")
    assert stored(web, till).epoch == 1


def test_the_word_before_the_token_may_be_small(web: Web, till: str) -> None:
    token = enrolled(web, till)["token"]
    answer = web.client.get(TIME, headers={"authorization": f"device {token}"})
    assert answer.status_code == 200


def test_a_till_that_was_never_enrolled_has_no_token(web: Web) -> None:
    for token in ("", "None", "0" * 64):
        with pytest.raises(DeviceUnknown):
            device_by_token(web.house, token)


def test_a_revoked_till_is_told_so(web: Web, till: str) -> None:
    token = enrolled(web, till)["token"]
    assert revoke_device(web.house, till, reason="摔坏", now=clock.now())
    for method, path in (("GET", TIME), ("POST", EPOCH)):
        answer = as_till(web, path, token, method)
        assert (answer.status_code, answer.json()["code"]) == (403, "api.device_revoked")
    with pytest.raises(DeviceRevoked):
        enrolment_code(web.house, till, minutes=15, now=clock.now())


def test_a_persons_cookie_opens_nothing_that_is_for_tills(web: Web) -> None:
    for role in Role:
        web.client.cookies.clear()
        web.client.cookies.set(SESSION_COOKIE, TOKENS[role])
        assert web.client.get(TIME).status_code == 401
        assert web.client.post(EPOCH).status_code == 401


def test_a_tills_token_opens_nothing_that_is_for_people(web: Web, till: str) -> None:
    token = enrolled(web, till)["token"]
    assert as_till(web, "/api/session", token).status_code == 401
    headers = {"authorization": f"Device {token}"}
    for path in ("/api/charges", "/api/seniors/find", "/api/stops/outcome"):
        answer = web.client.post(path, json=charge_body(), headers=headers)
        assert answer.status_code in {401, 403}


def test_a_path_beside_the_tills_still_wants_its_form_token(web: Web, till: str) -> None:
    for path in (
        "/api/devices/enrolment",
        "/api/tills",
        "/api//till/epoch",
        "/api/till/../charges",
    ):
        assert web.client.post(path, json={}).status_code in {401, 403, 404, 405}
    assert web.post("/api/charges", Role.CASHIER, json=charge_body()).status_code == 200


def test_whatever_is_served_under_the_tills_path_is_guarded(web: Web, till: str) -> None:
    found = [
        handler
        for route in create_app(web.house).routes
        if route.path.startswith("/api/till/")
        for handler in getattr(route, "route_handlers", ())
        if "OPTIONS" not in handler.http_methods
    ]
    assert found
    for handler in found:
        assert needs_device in handler.resolve_guards(), handler


def test_who_forgot_the_guard_gets_no_till(web: Web) -> None:
    class Bare:
        state: dict[str, object] = {}  # noqa: RUF012  # stands in for a request

    with pytest.raises(DeviceUnknown):
        device_of(Bare())  # type: ignore[arg-type]  # as above


# --- commands ------------------------------------------------------------------------------------


def test_a_till_is_added_enrolled_listed_and_revoked_by_command(web: Web, run: Run) -> None:
    added = json.loads(run("add", "--site", "S1", "--name", "二号机", "--json").stdout)
    till = added["device_id"]
    assert added == {"device_id": till, "site_id": "S1"}
    made = json.loads(run("enrol", till, "--minutes", 5, "--json").stdout)
    left = datetime.fromisoformat(made["expires_at"]) - clock.now()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    answer = send(web, made["code"]).json()
    assert (answer["device_id"], answer["epoch"]) == (till, 1)
    (line,) = [
        one for one in json.loads(run("list", "--site", "S1", "--json").stdout)
        if one["device_id"] == till
    ]  # fmt: skip
    assert (line["name"], line["state"], line["site_name"]) == ("二号机", "LIVE", "S1食堂")
    assert "revoked" in run("revoke", till, "--reason", "换新机").stdout
    assert "already" in run("revoke", till, "--reason", "换新机").stdout
    assert as_till(web, TIME, answer["token"]).status_code == 403
    assert [f for f in verify(web.house.database).findings if f.subject == "devices"] == []


def test_a_reason_of_a_revocation_stands_in_the_audit_chain(web: Web, run: Run, till: str) -> None:
    run("revoke", till, "--reason", "机器丢失", "--json")
    newest = max(web.rows(AuditBlock), key=lambda block: block.seq)
    assert newest.action == "device.revoke: 机器丢失"


def test_the_code_is_shown_once_and_the_list_shows_none(web: Web, run: Run, till: str) -> None:
    code = run("enrol", till).stdout.split("   ")[0]
    assert send(web, code).status_code == 200
    shown = run("list").stdout
    assert "S1食堂" in shown
    assert "S2食堂" in shown
    assert code not in shown


def test_an_added_till_can_do_nothing_before_it_is_enrolled(web: Web, till: str) -> None:
    assert stored(web, till).name == till
    body = charge_body(charge_id="c-never", device_id=till, epoch=1)
    answer = web.post("/api/charges", Role.CASHIER, json=body).json()
    assert answer["fate"] == "REFUSED"


def test_ids_of_a_site_are_numbered_and_never_used_again(web: Web) -> None:
    first = add_device(web.house, "K1", name="")
    revoke_device(web.house, first, reason="x", now=clock.now())
    assert [add_device(web.house, "K1", name="") for _ in range(2)] == ["T-K1-2", "T-K1-3"]
    assert len(list_devices(web.house, site_id="K1")) == 3


def test_a_site_or_till_that_does_not_exist_is_named(web: Web) -> None:
    with pytest.raises(NotFound):
        add_device(web.house, "nowhere", name="")
    with pytest.raises(NotFound):
        enrolment_code(web.house, "nothing", minutes=15, now=clock.now())
    with pytest.raises(NotFound):
        revoke_device(web.house, "nothing", reason="x", now=clock.now())


@pytest.mark.parametrize(
    "words",
    [
        ("add",), ("add", "--site", "S1", "--name", "a\nb"), ("enrol",),
        ("enrol", "T1", "--minutes", "0"), ("enrol", "T1", "--minutes", "1441"), ("revoke", "T1"),
        ("revoke", "T1", "--reason", ""),
    ],
)  # fmt: skip
def test_a_command_that_says_too_little_is_refused(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(device_commands.device, words).exit_code == 2
