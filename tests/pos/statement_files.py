"""Statement files made byte by byte for the tests, independent of the adapters that read them."""

from dataclasses import dataclass
from decimal import Decimal

WECHAT_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
WECHAT_SUMS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
ALIPAY_HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
RULER = "#-----------------------------------------业务明细列表"


@dataclass(frozen=True)
class Move:
    """What a test wants to stand in a file: yuan as text; ``origin`` makes it a refund."""

    reference: str
    yuan: str
    fee: str = "0.00"
    at: str = "2026-11-23 11:05:09"
    origin: str = ""
    product: str = "午餐"

    @property
    def amount(self) -> Decimal:
        return Decimal(self.yuan)


def wechat_line(move: Move) -> str:
    back = bool(move.origin)
    paid, given = ("0.00", move.yuan) if back else (move.yuan, "0.00")
    cells = [
        move.at, "wx1", "1900000109", "0", "", move.origin or move.reference, "our-1", "openid",
        "MICROPAY", "REFUND" if back else "SUCCESS", "OTHERS", "CNY", paid, "0.00",
        move.reference if back else "0", "0", given, "0.00", "ORIGINAL" if back else "",
        "SUCCESS" if back else "", move.product, "", f"{'-' if back else ''}{move.fee}000", "0.60%",
        paid, given, "",
    ]  # fmt: skip
    return ",".join(f"`{cell}" for cell in cells)


def _fees(moves: list[Move]) -> Decimal:
    return sum((Decimal(m.fee) * (-1 if m.origin else 1) for m in moves), Decimal())


def wechat_sums(moves: list[Move]) -> str:
    paid = sum((m.amount for m in moves if not m.origin), Decimal())
    back = sum((m.amount for m in moves if m.origin), Decimal())
    said = (
        str(len(moves)), f"{paid:.2f}", f"{back:.2f}", "0.00", f"{_fees(moves):.2f}000",
        f"{paid:.2f}", f"{back:.2f}",
    )  # fmt: skip
    return ",".join(f"`{cell}" for cell in said)


def wechat(moves: list[Move], *, encoding: str = "utf-8-sig", end: str = "\r\n") -> bytes:
    rows = [WECHAT_HEADER, *map(wechat_line, moves), WECHAT_SUMS, wechat_sums(moves)]
    return (end.join(rows) + end).encode(encoding)


def alipay_line(move: Move) -> str:
    back = bool(move.origin)
    yuan = f"-{move.yuan}" if back else move.yuan
    fee = move.fee if back or Decimal(move.fee) == 0 else f"-{move.fee}"
    return ",".join(
        [
            f"{move.origin or move.reference}\t", "our-1\t", "退款\t" if back else "交易\t",
            move.product, move.at, move.at, "\t", "\t", "\t", "\t", "*杨(137****2600)\t", yuan, yuan,
            "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00\t", "0.00",
            f"{move.reference if back else ''}\t", fee, "0.00", "",
        ]
    )  # fmt: skip


def alipay(moves: list[Move], *, encoding: str = "gbk", days: str = "23-24") -> bytes:
    first, end = days.split("-")
    paid = [m for m in moves if not m.origin]
    back = [m for m in moves if m.origin]
    rows = [
        "#支付宝业务明细查询",
        "#账号：[20885212319120680156]",
        f"#起始日期：[2026年11月{first}日 00:00:00]   终止日期：[2026年11月{end}日 00:00:00]",
        f"{RULER}----------------------------------------",
        ALIPAY_HEADER,
        *map(alipay_line, moves),
        f"{RULER}结束------------------------------------",
        f"#交易合计：{len(paid)}笔，商家实收共{sum((m.amount for m in paid), Decimal()):.2f}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{-sum((m.amount for m in back), Decimal()):.2f}元，商家优惠退款共0.00元",
        "#导出时间：[2026年11月24日 09:00:00]",
    ]
    return ("\r\n".join(rows) + "\r\n").encode(encoding)


# The kit's list of widths, with the tail that nobody reads.
ZM_WIDTHS = [3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32,
             1, 21, 15, 1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 131]  # fmt: skip
ZM_NAME = "INN26112388ZM_777290058110097"


def unionpay_line(move: Move, kind: str = "") -> str:
    back = bool(move.origin)
    fen, fee = int(move.amount * 100), int(Decimal(move.fee) * 100)
    stamp = move.at[5:].translate(str.maketrans("", "", "-: "))
    cells = {
        1: "S22", 5: stamp, 6: "622848*********0001", 7: f"{fen:012d}", 10: move.reference,
        12: "our-1", 16: f"{'C' if back else 'D'}{fee:012d}", 17: f"C{fen:012d}",
        20: kind or ("04" if back else "01"), 27: move.origin,
    }  # fmt: skip
    return " ".join(cells.get(i, "").ljust(width) for i, width in enumerate(ZM_WIDTHS, start=1))


def unionpay(moves: list[Move]) -> bytes:
    return "".join(unionpay_line(move) + "\r\n" for move in moves).encode("gbk")


def city_card_line(move: Move) -> str:
    kind = "退款" if move.origin else "消费"
    return f"{move.reference},{move.origin},{kind},{move.at},{move.yuan},{move.fee}"


def city_card(moves: list[Move], *, days: str = "2026-11-23,2026-11-23") -> bytes:
    paid = sum((m.amount for m in moves if not m.origin), Decimal())
    back = sum((m.amount for m in moves if m.origin), Decimal())
    rows = [
        f"一卡通结算,{days}", "流水号,原流水号,类型,交易时间,金额,手续费", *map(city_card_line, moves),
        f"合计,{len(moves)},{paid:.2f},{back:.2f},{_fees(moves):.2f}",
    ]  # fmt: skip
    return ("\n".join(rows) + "\n").encode()
