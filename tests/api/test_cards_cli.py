"""Cards in daily life, by command and beneath it: replaced, revoked, printed, checked, on a phone."""

import stat
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlmodel import select

from api.audit import head
from api.card_reading import read_code
from api.cards import (
    PhoneEnrolment,
    ReplaceReason,
    issue_card,
    phone_enrolment,
    replace_card,
    revoke_cards,
)
from api.charging import card_keys
from api.commands import card as card_commands
from api.commands.output import columns_of
from api.failures import NotFound
from api.house import House
from api.verify import verify
from pos.card import CardCode, encode_card, format_card_number, read_card_number
from pos.errors import (
    CardForged,
    CardNumberInvalid,
    ForeignCardExpired,
    ForeignCardUntrusted,
    PhoneCodeStale,
)
from pos.foreign_card import ForeignCard, encode_foreign_card
from pos.kinds import CardState
from pos.phone_code import phone_code
from pos.tables import Card, Purse, Senior
from tests.api.card_house import Run, cards_of, code_of, live, runner, said, someone, with_own_keys

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def house(county: House) -> House:
    return with_own_keys(county)


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(house, monkeypatch)


def purses_of(house: House, senior_id: str) -> list[tuple[str, int]]:
    with house.database.read() as session:
        found = session.exec(select(Purse).where(Purse.senior_id == senior_id)).all()
    return sorted((purse.purse_id, purse.balance_fen) for purse in found)


def put_issue_no(house: House, senior_id: str, issue_no: int) -> None:
    """Give a person's card an older brother with a high issue number."""
    card = live(house, senior_id)
    with house.database.write(actor="test", action="test.age") as session:
        session.add(
            Card(
                serial=card.serial,
                issue_no=issue_no,
                key_id=card.key_id,
                senior_id=senior_id,
                state=CardState.REVOKED,
                issued_at=card.issued_at + timedelta(seconds=1),
            )
        )


# --- issue and replace ---------------------------------------------------------------------------


def test_a_replaced_card_keeps_number_and_purses_and_the_older_one_is_dead(
    house: House, run: Run
) -> None:
    senior = someone(house)
    older, money = live(house, senior), purses_of(house, senior)
    made = said(run("replace", "--senior", senior, "--reason", "lost", "--json"))
    newer = live(house, senior)
    assert (made["issue_no"], made["revoked"], made["new_number"]) == (2, 1, False)
    assert (newer.serial, newer.issue_no) == (older.serial, older.issue_no + 1)
    assert made["number"] == format_card_number(older.serial)
    assert purses_of(house, senior) == money
    assert read_code(house, code_of(house, older), at=NOW).state == CardState.REVOKED
    assert read_code(house, code_of(house, newer), at=NOW).good
    with house.database.read() as session:
        stored = cards_of(session, senior)[0]
    assert (stored.reason, stored.revoked_at is not None) == ("lost", True)


def test_replacing_prints_the_new_card_and_its_code_scans(
    house: House, run: Run, tmp_path: Path
) -> None:
    senior, out = someone(house), tmp_path / "prints" / "card.pdf"
    done = run("replace", "--senior", senior, "--reason", "damaged", "--out", out)
    assert "issue 2" in done.stdout
    page = pdfium.PdfDocument(out)[0].render(scale=4).to_pil()
    assert zxingcpp.read_barcodes(page)[0].text == code_of(house, live(house, senior))


def test_a_print_that_fails_leaves_the_card_replaced_and_says_so(
    house: House, run: Run, tmp_path: Path
) -> None:
    senior = someone(house)
    (tmp_path / "file").write_bytes(b"")
    where = tmp_path / "file" / "card.pdf"
    done = run("replace", "--senior", senior, "--reason", "lost", "--out", where, code=1)
    assert "issue 2" in done.stdout
    assert isinstance(done.exception, OSError)
    assert live(house, senior).issue_no == 2
    again = run("print", "--senior", senior, "--out", tmp_path / "later.pdf", "--json")
    assert said(again)["cards"] == 1


def test_a_card_revoked_at_night_is_replaced_in_the_morning(house: House, run: Run) -> None:
    senior = someone(house)
    run("revoke", "--senior", senior, "--reason", "电话挂失")
    made = said(run("replace", "--senior", senior, "--reason", "lost", "--json"))
    assert (made["issue_no"], made["revoked"]) == (2, 0)


def test_only_who_had_a_card_gets_another_one(house: House) -> None:
    with pytest.raises(NotFound) as nobody:
        replace_card(house, "nobody", reason=ReplaceReason.LOST, now=NOW)
    assert nobody.value.kind == "senior"
    senior = newcomer(house)
    with pytest.raises(NotFound) as without:
        replace_card(house, senior, reason=ReplaceReason.LOST, now=NOW)
    assert without.value.kind == "card"
    first = issue_card(house, senior, reason="issued", now=NOW)
    assert (first.issue_no, first.revoked, first.new_number) == (1, 0, True)


def newcomer(house: House) -> str:
    """A senior without a card."""
    with house.database.write(actor="test", action="test.newcomer") as session:
        known = session.exec(select(Senior).limit(1)).one()
        fields = columns_of(known) | {"senior_id": "E-NEW", "id_number_hash": "new"}
        session.add(Senior(**fields))
    return "E-NEW"


def test_nothing_is_revoked_when_the_new_card_cannot_be_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    senior = someone(house)
    before = live(house, senior)

    def broken(*_: object) -> str:
        raise RuntimeError

    monkeypatch.setattr("api.cards.format_card_number", broken)
    with pytest.raises(RuntimeError):
        replace_card(house, senior, reason=ReplaceReason.LOST, now=NOW)
    assert live(house, senior).issue_no == before.issue_no


def test_issue_254_is_followed_by_255_under_the_same_number(house: House) -> None:
    senior = someone(house)
    put_issue_no(house, senior, 254)
    made = issue_card(house, senior, reason="worn", now=NOW)
    assert (made.issue_no, made.new_number) == (255, False)
    assert read_code(house, code_of(house, live(house, senior)), at=NOW).good


def test_after_issue_255_a_card_gets_a_new_number_and_goes_on_from_there(
    house: House, run: Run
) -> None:
    senior = someone(house)
    put_issue_no(house, senior, 255)
    full = live(house, senior).serial
    done = run("replace", "--senior", senior, "--reason", "worn")
    assert "issue 1, a new number, 1 revoked" in done.stdout
    card = live(house, senior)
    assert (card.serial != full, card.issue_no) == (True, 1)
    assert read_code(house, code_of(house, card), at=NOW).good
    after = replace_card(
        house, senior, reason=ReplaceReason.LOST, now=card.issued_at + timedelta(days=1)
    )
    assert (after.issue_no, after.new_number) == (2, False)
    assert live(house, senior).serial == card.serial


def test_a_new_number_is_never_one_that_somebody_has(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = live(house, someone(house)).serial
    drawn = iter([taken, taken, "00000000beef"])
    monkeypatch.setattr("api.cards.secrets.token_hex", lambda _size: next(drawn))
    made = issue_card(house, newcomer(house), reason="issued", now=NOW)
    assert made.number == format_card_number("00000000beef")


def test_the_audit_chain_holds_after_a_life_of_cards(house: House) -> None:
    senior = someone(house)
    issue_card(house, senior, reason="issued", now=NOW)
    replace_card(house, senior, reason=ReplaceReason.STOLEN, now=NOW)
    revoke_cards(house, senior_id=senior, number=None, reason="x", now=NOW)
    assert [f for f in verify(house.database).findings if f.subject == "cards"] == []


# --- revoke --------------------------------------------------------------------------------------


def test_a_card_is_revoked_by_its_number_however_it_is_typed(house: House, run: Run) -> None:
    senior = someone(house)
    number = format_card_number(live(house, senior).serial)
    typed = number.replace(" ", "-")
    done = said(run("revoke", "--card", typed, "--reason", "stolen", "--json"))
    assert done == {"senior_id": senior, "revoked": [[number, 1]]}
    again = run("revoke", "--card", number, "--reason", "stolen")
    assert "nothing to revoke" in again.stdout


def test_a_card_that_nobody_has_is_not_revoked_silently(house: House) -> None:
    with pytest.raises(NotFound):
        revoke_cards(
            house, senior_id=None, number=format_card_number("0" * 12), reason="x", now=NOW
        )
    with pytest.raises(CardNumberInvalid):
        revoke_cards(house, senior_id=None, number="1234", reason="x", now=NOW)
    with pytest.raises(NotFound):
        revoke_cards(house, senior_id="nobody", number=None, reason="x", now=NOW)


@pytest.mark.parametrize(
    "words",
    [
        ("replace", "--senior", "E", "--reason", "why"),
        ("revoke", "--reason", "x"),
        ("revoke", "--card", "1", "--senior", "E", "--reason", "x"),
        ("revoke", "--senior", "E", "--reason", " "),
        ("revoke", "--senior", "E", "--reason", "a\nb"),
        ("revoke", "--senior", "E", "--reason", "x" * 201),
        ("print", "--out", "x.pdf"),
        ("print", "--all", "--senior", "E", "--out", "x.pdf"),
        ("verify", "1", "--at", "noon"),
        ("retire-key", "256"),
        ("retire-key", "1", "--force", "0"),
    ],
)
def test_a_command_that_says_too_little_or_too_much_is_refused(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(card_commands.card, words).exit_code == 2


# --- verify --------------------------------------------------------------------------------------


def test_verify_says_which_form_a_code_is(house: House, run: Run) -> None:
    senior = someone(house)
    card = live(house, senior)
    own = said(run("verify", code_of(house, card), "--json"))
    assert (own["form"], own["state"], own["senior_id"]) == ("card", "LIVE", senior)
    assert own["made_at"] is None
    shown = shown_by_phone(house, senior, NOW)
    phone = said(run("verify", shown, "--at", "2026-11-23T10:00:20", "--json"))
    assert (phone["form"], phone["state"], phone["senior_id"]) == ("phone", "LIVE", senior)
    assert datetime.fromisoformat(phone["made_at"]) == NOW


def shown_by_phone(house: House, senior: str, at: datetime) -> str:
    """What a phone shows that knows nothing but its enrolment."""
    _name, version, serial, issue, key, secret = phone_enrolment(house, senior).payload.split(":")
    assert version == "1"
    card = CardCode(serial.lower(), int(issue), int(key))
    return phone_code(card, bytes.fromhex(secret), at)


def test_a_phone_code_is_checked_for_now_when_no_moment_is_named(
    house: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.clock.now", lambda: NOW)
    code = shown_by_phone(house, someone(house), NOW)
    assert "form=phone" in run("verify", code).stdout
    late = shown_by_phone(house, someone(house), NOW - timedelta(minutes=5))
    assert isinstance(run("verify", late, code=1).exception, PhoneCodeStale)


def test_a_phone_dies_with_its_card(house: House, run: Run) -> None:
    senior = someone(house)
    code = shown_by_phone(house, senior, NOW)
    replace_card(house, senior, reason=ReplaceReason.LOST, now=NOW)
    found = said(run("verify", code, "--at", NOW.isoformat(), "--json", code=1))
    assert (found["form"], found["state"]) == ("phone", "REVOKED")


def test_a_genuine_code_of_no_card_is_unknown(house: House, run: Run) -> None:
    keys = card_keys(house)
    code = encode_card(CardCode("00000000beef", 1, keys.issuing_id), keys)
    assert said(run("verify", code, "--json", code=1))["state"] == "UNKNOWN"
    assert isinstance(run("verify", "9" + code[1:], code=1).exception, Exception)


@pytest.fixture
def neighbour(house: House, monkeypatch: pytest.MonkeyPatch) -> Ed25519PrivateKey:
    """The key of a county whose cards are trusted here."""
    key = Ed25519PrivateKey.generate()
    trusting = replace(house, trusted={("330127", 1): key.public_key()})
    monkeypatch.setattr(card_commands, "open_house", lambda: trusting)
    return key


GUEST = ForeignCard(
    county="330127", key_id=1, serial="0123456789ab", issue_no=1, issued_on=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
)  # fmt: skip


def test_a_card_of_a_trusted_county_is_named_as_one(run: Run, neighbour: Ed25519PrivateKey) -> None:
    code = encode_foreign_card(GUEST, neighbour)
    found = said(run("verify", code, "--at", "2026-12-31T23:00:00", "--json"))
    assert found == {
        "form": "other-county", "number": format_card_number(GUEST.serial), "issue_no": 1,
        "key_id": 1, "state": "VALID", "senior_id": None, "made_at": None, "county": "330127",
        "valid_until": "2026-12-31",
    }  # fmt: skip
    late = run("verify", code, "--at", "2027-01-01T00:30:00", code=1)  # still 2026 in UTC
    assert isinstance(late.exception, ForeignCardExpired)


def test_a_card_of_another_county_is_not_trusted_by_itself(
    house: House, neighbour: Ed25519PrivateKey
) -> None:
    with pytest.raises(ForeignCardUntrusted):
        read_code(house, encode_foreign_card(GUEST, neighbour), at=NOW)


def test_a_code_read_aloud_in_groups_is_the_same_code(house: House) -> None:
    code = code_of(house, live(house, someone(house)))
    groups = " ".join(code[at : at + 7] for at in range(0, 49, 7))
    assert read_code(house, f" {groups}\n", at=NOW) == read_code(house, code, at=NOW)


# --- phone ---------------------------------------------------------------------------------------


def test_the_picture_holds_the_secret_and_is_for_its_owner_only(
    house: House, run: Run, tmp_path: Path
) -> None:
    senior, png = someone(house), tmp_path / "phones" / "e.png"
    done = run("phone", "--senior", senior, "--png", png)
    made = phone_enrolment(house, senior)
    assert stat.S_IMODE(png.stat().st_mode) == 0o600
    with Image.open(png) as picture:
        assert zxingcpp.read_barcodes(picture.convert("L"))[0].text == made.payload
    assert made.secret not in done.stdout
    assert str(png) in done.stdout
    run("phone", "--senior", senior, "--png", png)  # a second time over the first


def test_the_terminal_shows_the_same_code(house: House, run: Run) -> None:
    senior = someone(house)
    lines = run("phone", "--senior", senior).stdout.splitlines()[1:]
    dark = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}
    rows = [[dark[c][half] for c in line] for line in lines for half in (0, 1)]
    image = Image.new("L", (len(rows[0]), len(rows)))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            image.putpixel((x, y), 255 * (1 - value))
    shown = image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST)
    assert zxingcpp.read_barcodes(shown)[0].text == phone_enrolment(house, senior).payload


def test_the_secret_is_told_to_who_asks_for_json_and_stored_nowhere(house: House, run: Run) -> None:
    senior = someone(house)
    before = audit_head(house)
    made = said(run("phone", "--senior", senior, "--json"))
    assert made["payload"].endswith(made["secret"].upper())
    assert (made["step_s"], made["issue_no"], made["file"]) == (30, 1, None)
    assert audit_head(house) == before
    assert made["secret"] not in repr(phone_enrolment(house, senior))


def audit_head(house: House) -> tuple[int, str]:
    with house.database.read() as session:
        return head(session)


def test_who_has_no_live_card_gets_no_phone(house: House) -> None:
    senior = someone(house)
    revoke_cards(house, senior_id=senior, number=None, reason="lost", now=NOW)
    with pytest.raises(NotFound):
        phone_enrolment(house, senior)
    with pytest.raises(NotFound):
        phone_enrolment(house, "nobody")


@given(
    serial=st.integers(0, 2**48 - 1),
    issue=st.integers(0, 255),
    key=st.integers(0, 255),
    secret=st.binary(min_size=32, max_size=32),
)
def test_every_enrolment_fits_the_small_alphabet_of_a_qr_code(
    serial: int, issue: int, key: int, secret: bytes
) -> None:
    made = PhoneEnrolment("E", "", issue, key, f"{serial:012x}", 30, secret.hex())
    assert set(made.payload) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ:-")
    _name, _version, *rest = made.payload.split(":")
    assert (int(rest[0], 16), int(rest[1]), int(rest[2])) == (serial, issue, key)
    assert bytes.fromhex(rest[3]) == secret


def test_a_forged_code_is_no_card(house: House) -> None:
    code = code_of(house, live(house, someone(house)))
    forged = code[:-1] + str((int(code[-1]) + 1) % 10)
    with pytest.raises(CardForged):
        read_code(house, forged, at=NOW)


def test_a_readable_number_leads_back_to_its_serial(house: House) -> None:
    serial = live(house, someone(house)).serial
    assert read_card_number(format_card_number(serial)) == serial
