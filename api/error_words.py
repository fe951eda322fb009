"""Words for fields, things and roles that errors name: people read sentences, not names of fields."""

from typing import Final

from api.auth import Role

THINGS: Final[dict[str, tuple[str, str]]] = {
    "batch": ("这一锅", "pot"), "calendar": ("日历", "calendar"), "card": ("卡", "card"),
    "charge": ("收费", "charge"), "day": ("日期", "day"), "deviation": ("偏差", "deviation"), "finding": ("核查结果", "finding"),
    "dish": ("菜品", "dish"), "forecast": ("预测", "forecast"), "grant": ("发放", "grant"),
    "history": ("历史", "history"), "holidays": ("节假日", "holidays"),
    "ingredient": ("食材", "ingredient"), "kitchen": ("厨房", "kitchen"), "lot": ("到货", "delivery"),
    "meal": ("餐次", "meal"), "menu": ("菜单", "menu"), "month": ("月份", "month"),
    "order": ("订餐", "order"), "paper": ("可打印的内容", "paper to print"),
    "policy": ("政策", "policy"), "production": ("备餐计划", "production plan"),
    "proposal": ("申请", "proposal"), "purse": ("钱包", "purse"), "round": ("加送", "second round"),
    "sample": ("留样", "sample"), "scope": ("范围", "scope"), "senior": ("老人", "senior"),
    "site": ("助餐点", "site"), "stop": ("送餐点", "stop"), "till": ("收银机", "till"),
    "township": ("乡镇", "township"), "user": ("账号", "user"),
}  # fmt: skip
"""Kinds of things that may be missing."""

FIELDS: Final[dict[str, tuple[str, str]]] = {
    "amount": ("份数或公斤（写一项）", "portions or kilograms (one of them)"),
    "arrival": ("第一车还没有签收", "the first delivery, which is not written down yet"),
    "asked_in_vain": ("没吃上的人数", "how many asked in vain"),
    "at": ("时间", "time"), "day": ("日期", "day"), "dish": ("菜品", "dish"),
    "finished": ("出锅时间", "time the pot was ready"), "form_id": ("表单编号", "form"),
    "grams": ("重量", "weight"), "keep_until": ("留样还没到时间，要存到", "the sample has to be kept until"),
    "kg": ("公斤", "kilograms"), "kind": ("测什么", "what was measured"),
    "lot": ("批次", "delivery"), "lot_id": ("批次编号", "delivery's number"),
    "made_portions": ("实做份数", "portions made"), "meal": ("助餐点和餐次", "site and meal"),
    "meals": ("份数", "meals"), "note": ("说明", "the words beside it"), "period": ("餐次", "meal"),
    "place": ("位置", "place"), "portions": ("份数", "portions"), "received": ("签收份数", "meals received"),
    "remedy": ("处理办法", "what was done"), "reserve": ("机动份数", "reserve"),
    "short_reason": ("少了的原因", "why fewer"), "site": ("助餐点", "site"), "slot": ("菜位", "slot"),
    "stage": ("哪一步", "step"), "storage": ("怎么来的", "how it came"),
    "subject": ("哪一锅、哪个点、哪个柜", "which pot, site or store"), "temp_c": ("温度", "temperature"),
    "time": ("时间", "time"), "waste": ("损耗的内容", "what was thrown away"),
}  # fmt: skip
"""Fields that people fill in."""

ROLES: Final[dict[str, tuple[str, str]]] = {
    Role.CASHIER: ("收银员", "cashier"), Role.DRIVER: ("司机", "driver"),
    Role.KITCHEN: ("厨房", "kitchen"), Role.TOWNSHIP: ("乡镇", "township"),
    Role.COUNTY: ("县级", "county"), Role.FAMILY: ("家属", "family"),
    Role.ADMIN: ("管理员", "administrator"), Role.AUDITOR: ("审计", "auditor"),
}  # fmt: skip

WORDS: Final = {"kind": THINGS, "where": FIELDS, "role": ROLES}
"""By the field of the error that carries the name."""
