"""Provider files: every line is read or refused with its reason, and totals are held against the lines."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import GatewayRecordsInvalid, GatewayRefundRefused, StatementUnreadable
from pos.kinds import Provider
from pos.providers import ADAPTERS, Statement
from pos.providers.gateway import GatewayAnswer, GatewayState, RecordedGateway
from tests.pos import statement_files as files
from tests.pos.statement_files import Move

P = Provider
DAY = date(2026, 11, 23)
MADE: dict[Provider, Callable[[list[Move]], bytes]] = {
    P.WECHAT: files.wechat,
    P.ALIPAY: files.alipay,
    P.UNIONPAY: files.unionpay,
    P.CITY_CARD: files.city_card,
}
NAMES = {P.UNIONPAY: files.ZM_NAME}
MOVES = [
    Move("4200001", "12.00", "0.07"),
    Move("4200002", "8.50", "0.05", at="2026-11-23 17:40:00"),
    Move("5030001", "8.50", "0.05", at="2026-11-23 18:00:00", origin="4200002"),
]


def read(provider: Provider, data: bytes, name: str = "") -> Statement:
    return ADAPTERS[provider].read_statement(data, name or NAMES.get(provider, "bill.csv"))


def fault_of(provider: Provider, data: bytes, name: str = "") -> str:
    with pytest.raises(StatementUnreadable) as caught:
        read(provider, data, name)
    assert caught.value.provider == provider
    return caught.value.fault


def only_refused(provider: Provider, data: bytes) -> tuple[int, str, str]:
    """The one refused line of a file: its number, fault and column."""
    (bad,) = read(provider, data).refused
    return bad.line_no, bad.fault, bad.column


def wrong_totals(statement: Statement) -> list[str]:
    return [total.name for total in statement.totals if total.stated != total.found]


@pytest.mark.parametrize("provider", Provider)
def test_a_whole_file_is_read_with_signs_fees_days_and_origins(provider: Provider) -> None:
    said = read(provider, MADE[provider](MOVES))
    assert [(x.reference, x.amount_fen, x.received_fen, x.fee_fen, x.origin) for x in said.lines] == [
        ("4200001", 1200, 1200, 7, ""),
        ("4200002", 850, 850, 5, ""),
        ("5030001", -850, -850, -5, "4200002"),
    ]  # fmt: skip
    assert {line.day for line in said.lines} == {DAY}
    assert said.lines[0].moment.isoformat() == "2026-11-23T11:05:09+08:00"
    assert (said.refused, said.totals_missing, wrong_totals(said)) == ((), False, [])
    assert (said.first_day, said.last_day, len(said.sha256)) == (DAY, DAY, 64)
    assert bool(said.totals) is (provider is not P.UNIONPAY)


@pytest.mark.parametrize("provider", Provider)
def test_a_day_without_payments_is_a_file_without_lines(provider: Provider) -> None:
    said = read(provider, MADE[provider]([]))
    assert (said.lines, said.refused, said.totals_missing) == ((), (), False)
    assert said.first_day == (None if provider is P.WECHAT else DAY)


def test_wechat_is_read_with_and_without_byte_order_mark_and_from_gbk() -> None:
    for encoding in ("utf-8-sig", "utf-8", "gbk"):
        for end in ("\r\n", "\n", "\r"):
            assert len(read(P.WECHAT, files.wechat(MOVES, encoding=encoding, end=end)).lines) == 3


def test_alipay_is_read_from_gbk_and_from_utf_8() -> None:
    for encoding in ("gbk", "gb18030", "utf-8", "utf-8-sig"):
        assert len(read(P.ALIPAY, files.alipay(MOVES, encoding=encoding)).lines) == 3


def test_alipay_names_its_span_and_the_closing_midnight_is_not_in_it() -> None:
    said = read(P.ALIPAY, files.alipay([], days="21-24"))
    assert (said.first_day, said.last_day) == (date(2026, 11, 21), DAY)


@pytest.mark.parametrize("product", ["=cmd|'/c calc'!A1", "午餐,加汤", "@SUM(A1)", '"', "`"])
def test_text_in_a_product_name_is_only_text(product: str) -> None:
    said = read(P.WECHAT, files.wechat([Move("4200001", "12.00", product=product)]))
    assert [line.amount_fen for line in said.lines] == [1200]


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY, P.CITY_CARD])
def test_a_formula_or_an_escape_in_the_place_of_a_reference_is_refused(provider: Provider) -> None:
    for reference in ("=1+1", "+4200001", "@x", "a b", "\x1b[31m7", "x" * 65, "\uff14"):
        moves = [Move(reference, "1.00"), MOVES[0]]
        bad = read(provider, _utf8(provider, moves))
        assert [line.reference for line in bad.lines] == ["4200001"]
        assert [one.fault for one in bad.refused] == ["reference"]
        assert all(one.value.isprintable() for one in bad.refused)
        assert wrong_totals(bad)


def _utf8(provider: Provider, moves: list[Move]) -> bytes:
    return files.alipay(moves, encoding="utf-8") if provider is P.ALIPAY else MADE[provider](moves)


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY, P.CITY_CARD])
@pytest.mark.parametrize(
    ("yuan", "fault"),
    [
        ("12.345", "amount"), ("1,200.00", "amount"), ("", "amount"), ("1e3", "amount"),
        ("0.00", "amount_sign"), ("10000000.01", "amount_too_large"), ("￥1", "amount"),
        ("NaN", "amount"), ("012.00", "amount"), ("99999999999999.00", "amount"),
    ],
)  # fmt: skip
def test_an_amount_that_is_none_refuses_its_line_and_no_other(
    provider: Provider, yuan: str, fault: str
) -> None:
    text = _utf8(provider, MOVES).decode("utf-8-sig")
    said = read(provider, text.replace("12.00", yuan).encode())
    assert len(said.lines) == 2
    assert said.refused[0].fault in ({fault, "columns"} if "," in yuan else {fault})


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY, P.CITY_CARD])
@pytest.mark.parametrize(
    "moment",
    ["2026-02-30 11:00:00", "2026-11-23", "2026/11/23 11:05:09", "1926-11-23 11:05:09", ""],
)
def test_a_moment_that_is_none_refuses_its_line(provider: Provider, moment: str) -> None:
    said = read(provider, _utf8(provider, [Move("4200009", "1.00", at=moment), *MOVES]))
    assert len(said.lines) == 3
    assert [bad.fault for bad in said.refused] == ["moment"]


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY, P.CITY_CARD])
def test_a_line_with_cells_missing_or_added_is_refused(provider: Provider) -> None:
    text = _utf8(provider, MOVES).decode("utf-8-sig")
    rows = text.splitlines()
    at = next(i for i, row in enumerate(rows) if "11:05:09" in row)
    mark = ",`" if provider is P.WECHAT else ","
    for broken in (rows[at].rpartition(mark)[0], rows[at] + mark + "x"):
        said = read(provider, "\n".join([*rows[:at], broken, *rows[at + 1 :]]).encode())
        assert len(said.lines) == 2
        assert (said.refused[0].line_no, said.refused[0].fault) == (at + 1, "columns")


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY, P.CITY_CARD])
def test_a_file_that_was_cut_off_lacks_its_totals(provider: Provider) -> None:
    rows = _utf8(provider, MOVES).decode("utf-8-sig").splitlines()
    at = next(i for i, row in enumerate(rows) if "17:40:00" in row)
    said = read(provider, "\n".join(rows[: at + 1]).encode())
    assert len(said.lines) == 2
    assert said.totals_missing


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY, P.CITY_CARD])
def test_a_line_taken_out_makes_the_totals_wrong(provider: Provider) -> None:
    rows = _utf8(provider, MOVES).decode("utf-8-sig").splitlines()
    said = read(provider, "\n".join(row for row in rows if "11:05:09" not in row).encode())
    assert len(said.lines) == 2
    assert len(wrong_totals(said)) >= 2
    assert {t.stated - t.found for t in said.totals if t.stated != t.found} >= {1, 1200}


def test_every_sum_of_a_wechat_bill_is_held_against_its_column() -> None:
    for index, title in enumerate(files.WECHAT_SUMS.split(",")):
        text = files.wechat(MOVES).decode("utf-8-sig")
        sums = text.splitlines()[-1].split(",")
        sums[index] = "`7" if index == 0 else "`0.03"
        said = read(P.WECHAT, text.replace(text.splitlines()[-1], ",".join(sums)).encode())
        assert wrong_totals(said) == [title]


@pytest.mark.parametrize("sums", ["`x,`1", "3,12.00", "`3,`20.50,`8.50,`0.00,`0.07,`2O.50,`8.50"])
def test_sums_that_cannot_be_read_are_refused_and_missing(sums: str) -> None:
    text = files.wechat(MOVES).decode("utf-8-sig")
    said = read(P.WECHAT, text.replace(text.splitlines()[-1], sums).encode())
    assert said.totals_missing
    assert len(said.refused) == 1


def test_what_stands_after_the_sums_is_refused_and_not_dropped() -> None:
    extra = files.wechat(MOVES) + files.wechat_line(Move("4200007", "3.00")).encode()
    assert only_refused(P.WECHAT, extra) == (7, "after_totals", "")
    assert only_refused(P.CITY_CARD, files.city_card(MOVES) + b"x,,,,,\n") == (
        7,
        "after_totals",
        "",
    )


def test_a_kind_that_nobody_knows_is_refused() -> None:
    wechat = files.wechat(MOVES).replace(b"`REFUND,", b"`TRANSFER,")
    assert only_refused(P.WECHAT, wechat)[1:] == ("kind", "交易状态")
    alipay = files.alipay(MOVES).replace("退款\t,".encode("gbk"), "转账\t,".encode("gbk"))
    assert only_refused(P.ALIPAY, alipay)[1:] == ("kind", "业务类型")
    city = files.city_card(MOVES).replace("退款,2026".encode(), "冲值,2026".encode())
    assert only_refused(P.CITY_CARD, city)[1:] == ("kind", "类型")
    line = files.unionpay_line(MOVES[0], kind="02")
    zm = files.unionpay(MOVES[1:]) + line.encode()
    assert only_refused(P.UNIONPAY, zm)[1:] == ("kind", "20")


def test_a_cancelled_wechat_payment_gives_back_under_its_refund_number() -> None:
    said = read(P.WECHAT, files.wechat(MOVES).replace(b"`REFUND,", b"`REVOKED,"))
    assert [line.amount_fen for line in said.lines] == [1200, 850, -850]
    nameless = files.wechat(MOVES).replace(b"`5030001,", b"`0,")
    assert only_refused(P.WECHAT, nameless)[1:] == ("reference", "微信退款单号")


def test_the_bill_of_payments_alone_and_the_early_layout_are_read_by_their_titles() -> None:
    success = (
        "交易时间,微信订单号,交易状态,应结订单金额,手续费,订单金额\n"
        "`2026-11-23 11:05:09,`42,`SUCCESS,`11.00,`0.07000,`12.00\n"
        "总交易单数,应结订单总金额,手续费总金额,订单总金额\n`1,`11.00,`0.07000,`12.00\n"
    )
    early = (
        "交易时间,微信订单号,交易状态,总金额,微信退款单号,退款金额,手续费\n"
        "`2026-11-23 11:05:09,`42,`SUCCESS,`12.00,`,`0,`0.00000\n"
        "`2026-11-23 12:05:09,`42,`REFUND,`0.00,`50,`-12.00,`-0.00000\n"
        "总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额\n`2,`12.00,`12.00,`0.00,`0.00000\n"
    )
    one, two = read(P.WECHAT, success.encode()), read(P.WECHAT, early.encode())
    assert [(x.amount_fen, x.received_fen) for x in one.lines] == [(1200, 1100)]
    assert [(x.amount_fen, x.reference) for x in two.lines] == [(1200, "42"), (-1200, "50")]
    assert wrong_totals(one) == wrong_totals(two) == []


def test_parts_of_a_fen_in_a_fee_refuse_the_line() -> None:
    data = files.wechat(MOVES).replace(b"`0.07000,", b"`0.07200,", 1)
    assert only_refused(P.WECHAT, data)[1:] == ("amount", "手续费")


def test_unbalanced_quotes_refuse_a_line_of_alipay() -> None:
    assert (
        only_refused(P.ALIPAY, files.alipay([Move("1", "1.00", product='"x'), *MOVES]))[1]
        == "quotes"
    )


def test_alipay_totals_that_cannot_be_read_or_are_not_there_are_missing() -> None:
    text = files.alipay(MOVES).decode("gbk")
    broken = read(P.ALIPAY, text.replace("#交易合计：2笔", "#交易合计：两笔").encode("gbk"))
    assert (broken.totals_missing, broken.refused[0].fault) == (True, "total")
    assert read(P.ALIPAY, text.replace("#退款合计", "#其他").encode("gbk")).totals_missing


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"PK\x03\x04xxxx", "compressed"),
        (b"\x1f\x8b\x08", "compressed"),
        ("交易时间".encode("utf-16"), "encoding"),
        (b"{\x00}", "encoding"),
    ],
)
def test_what_is_no_text_is_refused_as_a_whole(provider: Provider, data: bytes, fault: str) -> None:
    assert fault_of(provider, data) in {fault, "encoding"}


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY, P.CITY_CARD])
@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "empty"), (b" \r\n ", "empty"), (b"\xef\xbb\xbf", "header"), (b"a,b\n1,2\n", "header"),
        (b"<xml><return_code>FAIL</return_code></xml>", "header"), (b"\xff\xff\xff", "encoding"),
        ("交易时间,微信订单号\n`1,`2\n".encode(), "header"), ("一卡通结算,x\n".encode(), "header"),
        ("支付宝交易号,业务类型\n".encode(), "header"), (b"#\n#\n", "header"),
        ("一卡通结算,2026-11-24,2026-11-23\n流水号,原流水号,类型,交易时间,金额,手续费\n".encode(), "header"),
        ('一卡通结算,2026-11-23,2026-11-23\n"流水号\n'.encode(), "header"),
        ("一卡通结算,2026-11-23,2026-11-23\n".encode(), "header"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_as_a_whole(
    provider: Provider, data: bytes, fault: str
) -> None:
    assert fault_of(provider, data) == fault


def test_a_header_that_names_a_column_twice_is_refused() -> None:
    twice = files.wechat(MOVES).replace("费率备注".encode(), "手续费".encode())
    assert fault_of(P.WECHAT, twice) == "header"


@pytest.mark.parametrize("name", ["bill.csv", "INN261323", "INN26133188ZM_1", "INN26112388ZME_1"])
def test_a_unionpay_file_must_carry_its_day_in_its_name(name: str) -> None:
    assert fault_of(P.UNIONPAY, files.unionpay(MOVES), name) == "name"


def test_a_unionpay_line_that_is_short_or_shifted_is_refused() -> None:
    good = files.unionpay(MOVES[:2])
    short = files.unionpay_line(MOVES[2])[:200].encode()
    assert only_refused(P.UNIONPAY, good + short) == (3, "width", "")
    shifted = ("x" + files.unionpay_line(MOVES[2])).encode()
    assert only_refused(P.UNIONPAY, good + shifted) == (3, "columns", "")
    assert fault_of(P.UNIONPAY, short) == "width"


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [("000000001200", "0000000012x0", "7"), ("D000000000007", "E000000000007", "16"), ("1123110509", "1323110509", "5")],
)  # fmt: skip
def test_a_unionpay_field_that_cannot_be_read_refuses_its_line(
    old: str, new: str, column: str
) -> None:
    data = files.unionpay(MOVES).replace(old.encode(), new.encode(), 1)
    assert only_refused(P.UNIONPAY, data)[2] == column


def test_a_unionpay_time_has_the_year_of_its_settlement_day() -> None:
    moves = [
        Move("1", "1.00", at="2026-12-31 23:30:00"),
        Move("2", "1.00", at="2027-01-01 09:00:00"),
    ]
    said = read(P.UNIONPAY, files.unionpay(moves), "INN27010188ZM_1")
    assert [line.day for line in said.lines] == [date(2026, 12, 31), date(2027, 1, 1)]
    assert (said.first_day, said.last_day) == (date(2026, 12, 31), date(2027, 1, 1))


@pytest.mark.parametrize("provider", [P.WECHAT, P.ALIPAY])
def test_a_hundred_thousand_lines_are_all_read(provider: Provider) -> None:
    moves = [Move(f"42{n:019d}", f"{n % 90 + 1}.00", "0.01") for n in range(100_000)]
    said = read(provider, MADE[provider](moves))
    assert (len(said.lines), said.refused, wrong_totals(said)) == (100_000, (), [])


money = st.integers(1, 10**9).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")
moves = st.lists(
    st.builds(
        Move,
        reference=st.integers(1, 10**20).map(str),
        yuan=money,
        fee=st.integers(0, 999).map(lambda fen: f"{fen // 100}.{fen % 100:02d}"),
        at=st.integers(0, 86399).map(
            lambda s: f"2026-11-23 {str(timedelta(seconds=s)).rjust(8, '0')}"
        ),
        origin=st.sampled_from(["", "", "77"]),
    ),
    max_size=12,
)


@pytest.mark.parametrize("provider", Provider)
@given(wanted=moves)
def test_what_was_written_is_what_is_read(provider: Provider, wanted: list[Move]) -> None:
    said = read(provider, MADE[provider](wanted))
    signed = [(m.reference, int(m.amount * 100) * (-1 if m.origin else 1)) for m in wanted]
    assert [(line.reference, line.amount_fen) for line in said.lines] == signed
    assert (said.refused, wrong_totals(said)) == ((), [])


@pytest.mark.parametrize("provider", Provider)
@given(at=st.integers(0, 10**6), junk=st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused_and_loses_no_line(
    provider: Provider, at: int, junk: bytes
) -> None:
    whole = MADE[provider](MOVES)
    at %= len(whole)
    data = whole[:at] + junk + whole[at + len(junk) :]
    try:
        said = read(provider, data)
    except StatementUnreadable:
        return
    # Every line of the file that holds anything stands somewhere, or the totals say that one is gone.
    assert len(said.lines) + len(said.refused) >= 3 or said.totals_missing or wrong_totals(said)


def gateway() -> RecordedGateway:
    made = RecordedGateway.read(b'{"provider": "WECHAT"}')
    assert made.learn(read(P.WECHAT, files.wechat(MOVES))) == 3
    return made


def test_a_recorded_gateway_answers_what_statements_have_shown() -> None:
    known = gateway()
    assert known.query("4200001") == GatewayAnswer(1200, GatewayState.PAID)
    assert known.query("5030001") == GatewayAnswer(-850, GatewayState.REFUNDED)
    assert known.query("4299999") == GatewayAnswer(0, GatewayState.UNKNOWN)
    assert known.learn(read(P.WECHAT, files.wechat(MOVES))) == 0


def test_a_refund_is_wanted_until_a_statement_shows_it() -> None:
    known = gateway()
    wanted = GatewayAnswer(-500, GatewayState.REFUND_WANTED)
    assert known.refund("4200001", "r1", 500) == known.refund("4200001", "r1", 500) == wanted
    again = RecordedGateway.read(known.records())
    assert again.query("r1") == wanted
    again.learn(read(P.WECHAT, files.wechat([Move("r1", "5.00", origin="4200001")])))
    assert again.query("r1") == GatewayAnswer(-500, GatewayState.REFUNDED)
    assert again.refund("4200001", "r1", 500).state is GatewayState.REFUNDED


@pytest.mark.parametrize(
    ("reference", "refund_reference", "fen", "fault"),
    [
        ("4200001", "r1", 1201, "too_much"), ("4200002", "r1", 1, "too_much"),
        ("4299999", "r1", 1, "not_paid"), ("5030001", "r1", 1, "not_paid"),
        ("4200001", "5030001", 850, "reference_used"), ("4200001", "4200001", 1, "reference_used"),
        ("4200001", "r1", 0, "malformed"), ("4200001", "=1", 1, "malformed"),
    ],
)  # fmt: skip
def test_a_refund_that_cannot_be_is_refused(
    reference: str, refund_reference: str, fen: int, fault: str
) -> None:
    known = gateway()
    before = known.records()
    with pytest.raises(GatewayRefundRefused) as caught:
        known.refund(reference, refund_reference, fen)
    assert caught.value.fault == fault
    assert known.records() == before


def test_refunds_never_add_up_to_more_than_was_paid() -> None:
    known = gateway()
    known.refund("4200001", "r1", 700)
    with pytest.raises(GatewayRefundRefused):
        known.refund("4200001", "r2", 501)
    known.refund("4200001", "r2", 500)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b'{"provider": "BANK"}', b'{"provider": "WECHAT", "more": 1}',
        b'{"provider": "WECHAT", "movements": [{"reference": "a", "amount_fen": 0}]}',
        b'{"provider": "WECHAT", "movements": [{"reference": "a", "amount_fen": 1}, {"reference": "a", "amount_fen": 1}]}',
    ],
)  # fmt: skip
def test_records_that_cannot_be_used_are_refused(data: bytes) -> None:
    with pytest.raises(GatewayRecordsInvalid):
        RecordedGateway.read(data)


def test_a_statement_of_another_provider_or_against_the_records_teaches_nothing() -> None:
    known = gateway()
    before = known.records()
    for wrong in (
        read(P.CITY_CARD, files.city_card(MOVES)),
        read(P.WECHAT, files.wechat([Move("4200008", "1.00"), Move("4200001", "1.00")])),
    ):
        with pytest.raises(GatewayRecordsInvalid):
            known.learn(wrong)
        assert known.records() == before
