"""Words for food safety, waste, stock and second rounds: Chinese and English."""

from typing import Final

SAFETY_LABELS: Final[dict[str, tuple[str, str]]] = {
    # readings
    "COOKED": ("出锅中心温度", "Core, when done"),
    "HELD": ("保温", "Held hot"),
    "COOLED": ("冷却", "Cooling"),
    "REHEATED": ("复热", "Reheated"),
    "LOADED": ("装车", "Loaded"),
    "FRIDGE": ("冷藏柜", "Refrigerator"),
    "FREEZER": ("冷冻柜", "Freezer"),
    # deviations; core and arrival temperature stand with the other exceptions
    "core_not_measured": ("没有测中心温度", "Core not measured"),
    "hold_temperature": ("保温温度低", "Held too cold"),
    "cooling_too_slow": ("冷却太慢", "Cooled too slowly"),
    "not_cooled": ("没有冷却记录", "No record of cooling"),
    "reheat_temperature": ("复热温度不够", "Not reheated enough"),
    "load_temperature": ("装车温度不合格", "Temperature on loading"),
    "eat_by_before_close": ("没有测温到收餐", "Not measured until closing"),
    "goods_temperature": ("到货温度高", "Goods too warm"),
    "goods_expired": ("到货已过期", "Goods past their date"),
    "store_temperature": ("冷库温度高", "Store too warm"),
    "no_sample": ("没有留样", "No sample kept"),
    "small_sample": ("留样不够", "Sample too small"),
    "sample_gone_early": ("留样没存够时间", "Sample gone too early"),
    "samples_due": ("留样到时间了", "Samples may be thrown away"),
    "safety_limits": ("食品安全限值不能用", "Safety limits cannot be used"),
    "good_later": ("后来再测合格", "Measured again later: good"),
    # what was done
    "DISCARDED": ("废弃", "Thrown away"),
    "RETURNED": ("退货", "Returned"),
    "EATEN_IN_TIME": ("提前吃完", "Eaten in time"),
    "MEASURED_AGAIN": ("重新测温合格", "Measured again, good"),
    "REPAIRED": ("已修理", "Repaired"),
    "EXPLAINED": ("已核实说明", "Looked into and explained"),
    # goods and waste
    "AMBIENT": ("常温", "Ambient"),
    "CHILLED": ("冷藏", "Chilled"),
    "FROZEN": ("冷冻", "Frozen"),
    "PREPARATION": ("备餐损耗", "In preparation"),
    "UNSERVED": ("做了没卖出", "Not served"),
    "PLATE": ("盘中剩余", "Left on plates"),
    "stock": ("库存", "Stock"),
    "stock_short": ("库存账上不够", "Not on the shelf by the books"),
    "discarded": ("已废弃", "Thrown away"),
    # recalls
    "TABLE": ("堂食订餐", "Ordered, at the table"),
    "DOOR": ("送餐上门", "Brought home"),
    "COUNTER": ("柜台买的", "Bought at the counter"),
    "YES": ("吃到了", "Yes"),
    "MAYBE": ("可能", "Perhaps"),
    "NOT_RECORDED": ("还没登记", "Not recorded yet"),
    # second rounds
    "nothing_asked": ("没有要", "Nothing asked"),
    "reserve_used": ("机动已用完", "Reserve used up"),
    "no_way": ("没有路", "No way known"),
    "too_late": ("赶不上供餐时间", "Too late for serving"),
    "past_eat_by": ("赶不上食用期限", "Past the eat-by"),
    "no_van": ("没有车", "No van in time"),
    "second_round_open": ("加送没有签收", "Second round not confirmed"),
    "second_round_short": ("加送短少", "Second round short"),
}
"""Stored code -> (Chinese, English)."""
