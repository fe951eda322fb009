"""The product's own words as they stand on paper, in Chinese and English."""

from datetime import time

from kitchen.kinds import SiteKind

_VARIANTS = {
    "": ("标准餐", "standard"),
    "SOFT": ("软食", "soft"),
    "MINCED": ("碎食", "minced"),
    "PUREED": ("糊食", "puréed"),
    "NO_BONES": ("去骨", "no bones"),
    "NO_PORK": ("不含猪肉", "no pork"),
    "DIABETIC": ("控糖", "diabetic"),
    "LOW_SALT": ("低盐", "low salt"),
}
_KINDS = {
    SiteKind.CENTRAL_KITCHEN: ("中央厨房", "central kitchen"),
    SiteKind.CENTRAL_CANTEEN: ("中心食堂", "township canteen"),
    SiteKind.SENIOR_CANTEEN: ("老年食堂", "senior canteen"),
    SiteKind.SERVING_POINT: ("助餐点", "serving point"),
    SiteKind.PARTNER_RESTAURANT: ("合作餐馆", "partner restaurant"),
    SiteKind.NEIGHBOUR: ("邻里互助", "neighbour host"),
}
_EQUIPMENT = {
    "WOK": ("炒锅", "wok"),
    "STEAMER": ("蒸箱", "steamer"),
    "OVEN": ("烤箱", "oven"),
    "STOCKPOT": ("汤锅", "stockpot"),
    "RICE_COOKER": ("饭锅", "rice cooker"),
}
_FUNDERS = {
    "CITY": ("市级财政", "city"),
    "COUNTY": ("县级财政", "county"),
    "TOWN": ("乡镇（街道）", "township"),
    "VILLAGE": ("村（社区）", "village"),
    "CHARITY": ("慈善资金", "charity"),
}
_TENDERS = {
    "allowance_fen": ("电子津贴", "allowance"),
    "charity_fen": ("爱心卡", "charity purse"),
    "own_fen": ("个人账户", "own purse"),
    "cash_fen": ("现金", "cash"),
}
_LINKS = {
    "ordered": ("订餐与预测", "ordered"),
    "planned": ("计划", "planned"),
    "cooked": ("出餐", "cooked"),
    "loaded": ("装车", "loaded"),
    "received": ("到点", "received"),
    "served": ("用餐与送达", "served"),
    "charged": ("结算", "charged"),
}


def _pick(table: dict[str, tuple[str, str]], key: str, lang: str) -> str:
    pair = table.get(key)
    return pair[lang == "en"] if pair else key


def variant_words(variant: str, lang: str) -> str:
    """A meal variant ("", "SOFT+LOW_SALT", "allergen:EGG") in words."""
    joint = ", " if lang == "en" else "、"
    return joint.join(_pick(_VARIANTS, part, lang) for part in variant.split("+"))


def kind_words(kind: str, lang: str) -> str:
    """A site's kind in words."""
    return _pick({str(k): v for k, v in _KINDS.items()}, kind, lang)


def equipment_words(equipment: str, lang: str) -> str:
    """Equipment and its number in words: "WOK-2" is "炒锅 2"."""
    name, _, unit = equipment.partition("-")
    return f"{_pick(_EQUIPMENT, name, lang)} {unit}".strip()


def funder_words(funder: str, lang: str) -> str:
    """A funder in words."""
    return _pick(_FUNDERS, funder, lang)


def tender_words(column: str, lang: str) -> str:
    """A purse or cash column of a charge in words."""
    return _pick(_TENDERS, column, lang)


def link_words(link: str, lang: str) -> str:
    """A link of the chain in words."""
    return _pick(_LINKS, link, lang)


def clock_time(seconds: int) -> time:
    """Seconds after midnight as the hour on a wall clock (the next day's after 24 h)."""
    return time(seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
