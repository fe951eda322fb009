"""Finding a person without a card: by whom, in which part of the county, and what is not told."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import clock
from api.auth import Role
from api.handlers.lookup import ID_LOOK_UPS, MOST_ANSWERS
from api.pace import WATCHED_NAMES, Pace, TooFast
from pos.age import id_check_character
from pos.card import format_card_number
from pos.kinds import CareLevel, FoundBy, Hardship, SeniorState
from pos.tables import Card, Senior
from tests.api.web_county import LIVE_SERIAL, REVOKED_SERIAL, Web, charge_body, served

FIND = "/api/seniors/find"
C, T, CO = Role.CASHIER, Role.TOWNSHIP, Role.COUNTY
PURPOSE = "忘带卡，午餐"


@pytest.fixture(scope="module")
def one_web(factory: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One county for this file: what tests add have names of their own."""
    with served(factory, tmp_path_factory.mktemp("lookup")) as made:
        add_senior(made, "E3", "李金花", id_number=id_number(1))
        yield made


@pytest.fixture
def web(one_web: Web) -> Web:
    """The county with nobody's look-ups counted yet."""
    one_web.app.state.look_ups = Pace(ID_LOOK_UPS)
    return one_web


def id_number(n: int) -> str:
    first = f"33012219500101{n:03d}"
    return first + id_check_character(first)


def add_senior(web: Web, senior_id: str, name: str, **changes: Any) -> None:
    """A person of township 1 and site S1 unless ``changes`` say otherwise."""
    number = changes.pop("id_number", senior_id)
    township = changes.pop("township", "330122001")
    fields = {
        "senior_id": senior_id, "name": name, "sex": "F", "birth_date": date(1948, 5, 6),
        "id_number_cipher": "secret-cipher", "id_number_hash": web.house.secrets.search_hash(number),
        "township_code": township, "village_code": f"{township}001",
        "site_id": "S1", "resident": True, "hardship": Hardship.MINIMUM_LIVING,
        "care_level": CareLevel.DISABLED, "lives_alone": True, "diet": "", "phone": "13800000000",
        "state": SeniorState.ACTIVE,
    } | changes  # fmt: skip
    with web.house.database.write(actor="test", action="test.senior") as session:
        session.add(Senior(**fields))


def find(web: Web, role: Role = C, *, other: bool = False, **body: Any) -> Any:
    return web.post(FIND, role, other=other, json={"purpose": PURPOSE, **body})


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [person["senior_id"] for person in answer.json()["people"]]


def test_an_id_number_finds_its_person_and_tells_little(web: Web) -> None:
    answer = find(web, id_number=id_number(1))
    assert answer.json() == {
        "found_by": "ID_NUMBER",
        "people": [
            {
                "senior_id": "E3", "name": "李**", "birth_year": 1948, "village": "村",
                "card_live": False,
            }
        ],
        "more": False,
    }  # fmt: skip


def test_a_small_x_and_blanks_in_an_id_number_do_no_harm(web: Web) -> None:
    number = next(id_number(n) for n in range(50, 99) if id_number(n).endswith("X"))
    add_senior(web, "E4", "孙银花", id_number=number)
    typed = f" {number[:6]} {number[6:].lower()}"
    assert ids(find(web, id_number=typed)) == ["E4"]


def test_a_card_number_finds_the_person_whether_the_card_lives_or_not(web: Web) -> None:
    for serial in (LIVE_SERIAL, REVOKED_SERIAL):
        answer = find(web, card_number=format_card_number(serial))
        assert ids(answer) == ["E1"]
        assert answer.json()["found_by"] == "CARD_NUMBER"
        assert answer.json()["people"][0]["card_live"] is True  # the person has another, live one


def test_whoever_has_only_revoked_cards_has_no_live_one(web: Web) -> None:
    add_senior(web, "E5", "周铁花")
    serial = "00000000000c"
    with web.house.database.write(actor="test", action="test.card") as session:
        gone = {"state": "REVOKED", "issued_at": clock.now(), "revoked_at": clock.now()}
        session.add(Card(serial=serial, issue_no=1, key_id=1, senior_id="E5", **gone))
    answer = find(web, card_number=format_card_number(serial))
    assert ids(answer) == ["E5"]
    assert answer.json()["people"][0]["card_live"] is False


def test_nobody_found_is_an_empty_list_and_no_error(web: Web) -> None:
    assert ids(find(web, id_number=id_number(9))) == []
    assert ids(find(web, card_number=format_card_number("00000000beef"))) == []
    assert ids(find(web, name="王五")) == []


IMPOSSIBLE: list[tuple[dict[str, Any], int, str]] = [
    ({"id_number": "330122195001010011"}, 422, "pos.age.id_number_malformed"),
    ({"id_number": "330122500101001"}, 422, "pos.age.id_number_malformed"),
    ({"id_number": "33012219501301001X"}, 422, "pos.age.id_number_malformed"),
    ({"card_number": "0000 0000 0000 0102"}, 422, "pos.card.number_invalid"),
    ({"card_number": "12"}, 422, "pos.card.number_invalid"),
    ({"name": "张"}, 400, "api.bad_request"),
    ({"name": " 张 "}, 400, "api.bad_request"),
    ({"name": "张\u0000花"}, 400, "api.bad_request"),
    ({}, 400, "api.bad_request"),
    ({"name": "张桂", "id_number": "330122195001010011"}, 400, "api.bad_request"),
    ({"name": "张桂", "purpose": ""}, 400, "api.bad_request"),
    ({"name": "张桂", "purpose": "a\nb"}, 400, "api.bad_request"),
    ({"name": "张桂", "purpose": None}, 400, "api.bad_request"),
    ({"name": "张桂", "phone": "138"}, 400, "api.bad_request"),
    ({"name": 5}, 400, "api.bad_request"),
    ({"name": "张" * 41}, 400, "api.bad_request"),
]


def test_what_cannot_be_looked_for_is_refused(web: Web) -> None:
    for body, status, code in IMPOSSIBLE:
        answer = find(web, **body)
        assert (answer.status_code, answer.json().get("code")) == (status, code), body
        for value in body.values():
            assert not isinstance(value, str) or len(value) < 15 or value not in answer.text


def test_the_check_digit_is_judged_as_it_is_typed(web: Web) -> None:
    wrong = id_number(1)[:-1] + ("1" if id_number(1)[-1] == "0" else "0")
    answer = find(web, id_number=wrong)
    assert answer.status_code == 422
    assert wrong not in answer.text


def test_a_purpose_must_be_said(web: Web) -> None:
    assert web.post(FIND, C, json={"name": "张桂"}).status_code == 400


def test_a_name_finds_people_of_the_own_township_only_for_a_cashier(web: Web) -> None:
    assert ids(find(web, name="张桂")) == ["E1"]
    assert ids(find(web, other=True, name="张桂")) == ["E2"]
    assert ids(find(web, CO, name="张桂")) == ["E1", "E2"]


def test_a_number_that_a_cashier_was_shown_is_looked_for_in_the_whole_county(web: Web) -> None:
    assert ids(find(web, other=True, id_number=id_number(1))) == ["E3"]
    assert ids(find(web, other=True, card_number=format_card_number(LIVE_SERIAL))) == ["E1"]


def test_a_township_clerk_finds_the_own_people_only_by_whatever(web: Web) -> None:
    number = format_card_number(LIVE_SERIAL)
    for body, own in (
        ({"name": "张桂"}, "E1"), ({"id_number": id_number(1)}, "E3"), ({"card_number": number}, "E1"),
    ):  # fmt: skip
        assert ids(find(web, T, **body)) == [own]
        assert own not in ids(find(web, T, other=True, **body))


def test_a_name_is_matched_from_its_beginning_and_means_itself(web: Web) -> None:
    assert ids(find(web, name="桂花")) == []
    assert ids(find(web, name="张桂花")) == ["E1"]
    assert ids(find(web, name="张 桂")) == ["E1"]
    for wild in ("张%", "%%", "__", "张_花", "\\%"):
        assert ids(find(web, name=wild)) == []


def test_the_own_sites_people_come_first_then_those_who_are_gone(web: Web) -> None:
    add_senior(web, "A1", "赵一一", state=SeniorState.DECEASED)
    add_senior(web, "A2", "赵一二", site_id="S2")
    add_senior(web, "A3", "赵一三", birth_date=date(1940, 1, 1))
    add_senior(web, "A4", "赵一三", birth_date=date(1939, 1, 1))
    assert ids(find(web, name="赵一")) == ["A4", "A3", "A1", "A2"]


def test_at_most_ten_are_shown_and_the_answer_says_that_there_are_more(web: Web) -> None:
    for number in range(MOST_ANSWERS):
        add_senior(web, f"Q{number:02d}", f"钱二{number}")
    whole = find(web, name="钱二").json()
    assert (len(whole["people"]), whole["more"]) == (MOST_ANSWERS, False)
    add_senior(web, "Q-last", "钱二十")
    cut = find(web, name="钱二").json()
    assert (len(cut["people"]), cut["more"]) == (MOST_ANSWERS, True)


def test_the_answer_holds_no_hardship_no_number_no_phone_and_no_whole_name(web: Web) -> None:
    for body in ({"id_number": id_number(1)}, {"name": "李金"}):
        text = find(web, **body).text
        for private in ("金花", "MINIMUM", "DISABLED", "cipher", "1380", id_number(1), "-05-06"):
            assert private not in text


def test_a_look_up_leaves_a_line_with_who_and_what_for_but_not_whom(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="nuanzao.lookup"):
        find(web, id_number=id_number(1))
    (line,) = [r.getMessage() for r in caplog.records if r.name == "nuanzao.lookup"]
    assert "cashier" in line
    assert PURPOSE in line
    for private in (id_number(1), "李金花", "E3"):
        assert private not in line


def test_look_ups_by_id_number_are_counted_for_each_user(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    for number in range(ID_LOOK_UPS):
        assert find(web, id_number=id_number(number)).status_code == 200
    refused = find(web, id_number=id_number(1))
    assert (refused.status_code, refused.json()["code"]) == (429, "api.too_fast")
    assert refused.headers["retry-after"] == "60"
    assert "60" in refused.json()["zh"]
    assert find(web, name="张桂").status_code == 200
    assert find(web, card_number=format_card_number(LIVE_SERIAL)).status_code == 200
    assert find(web, other=True, id_number=id_number(1)).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(seconds=60))
    assert find(web, id_number=id_number(1)).status_code == 200


def test_wrong_numbers_count_too(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    codes = [find(web, id_number="330122195001010011").status_code for _ in range(ID_LOOK_UPS + 1)]
    assert codes == [422] * ID_LOOK_UPS + [429]


def test_nothing_is_found_without_a_session_or_a_form_token(web: Web) -> None:
    web.client.cookies.clear()
    body = {"name": "张桂", "purpose": PURPOSE}
    assert web.client.post(FIND, json=body).status_code in {401, 403}
    refused = web.post(FIND, C, json=body, headers={"x-csrf-token": "0" * 64})
    assert (refused.status_code, refused.json()["code"]) == (403, "api.form_not_ours")
    assert web.get(f"{FIND}?name=张桂", C).status_code == 405


def test_a_person_found_is_charged_with_how_they_were_found(web: Web) -> None:
    answer = find(web, name="张桂花").json()
    body = charge_body(senior_id=answer["people"][0]["senior_id"], found_by=answer["found_by"])
    assert web.post("/api/charges", C, json=body).json()["fate"] == "POSTED"


START = datetime(2026, 11, 23, tzinfo=clock.SHANGHAI)


@given(st.integers(1, 5), st.lists(st.integers(0, 40_000), max_size=60))
def test_no_minute_ever_holds_more_tries_than_the_limit(limit: int, gaps_ms: list[int]) -> None:
    pace, passed, now = Pace(limit), [], START
    for gap in gaps_ms:
        now += timedelta(milliseconds=gap)
        within = [t for t in passed if now - t < timedelta(minutes=1)]
        refused = _refusal(pace, now)
        assert (refused is None) == (len(within) < limit)
        if refused is None:
            passed.append(now)
        else:
            opens = min(within) + timedelta(minutes=1)
            assert timedelta(0) <= now + timedelta(seconds=refused) - opens < timedelta(seconds=1)


def _refusal(pace: Pace, now: datetime) -> int | None:
    """Seconds until the next try, or None when it passed."""
    try:
        pace.step("a", now)
    except TooFast as error:
        return error.retry_after_s
    return None


def test_the_memory_of_names_is_bounded() -> None:
    pace = Pace(1)
    for number in range(WATCHED_NAMES + 5):
        pace.step(str(number), START)
    assert len(pace._tries) == WATCHED_NAMES


def test_every_way_of_finding_is_one_that_a_charge_knows() -> None:
    assert {str(kind) for kind in FoundBy} == {"ID_NUMBER", "NAME", "CARD_NUMBER"}
