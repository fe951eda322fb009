"""The words people write for the closed lists of the house; keys are capital letters or Chinese."""

import re

from api.imports.cells import Fault
from kitchen.diets import Need, parse_diet
from kitchen.errors import UnknownDiet
from kitchen.kinds import MealPeriod, SiteKind
from pos.age import Sex
from pos.kinds import CareLevel, Hardship, SeniorState

SEX_WORDS = {
    "男": Sex.MALE, "女": Sex.FEMALE, "男性": Sex.MALE, "女性": Sex.FEMALE,
    "MALE": Sex.MALE, "FEMALE": Sex.FEMALE, "M": Sex.MALE, "F": Sex.FEMALE,
}  # fmt: skip
STATE_WORDS = {
    "正常": SeniorState.ACTIVE, "在册": SeniorState.ACTIVE, "暂停": SeniorState.PAUSED,
    "住院": SeniorState.HOSPITAL, "迁出": SeniorState.MOVED, "去世": SeniorState.DECEASED,
    "死亡": SeniorState.DECEASED,
    **{str(state): state for state in SeniorState},
}  # fmt: skip
CARE_WORDS = {
    "能力完好": CareLevel.ABLE, "自理": CareLevel.ABLE, "失能": CareLevel.DISABLED,
    "失智": CareLevel.DEMENTIA,
    **{str(level): level for level in CareLevel},
}  # fmt: skip
HARDSHIP_WORDS = {
    "普通": Hardship.NONE, "特困": Hardship.DESTITUTE, "特困人员": Hardship.DESTITUTE,
    "低保": Hardship.MINIMUM_LIVING, "低保户": Hardship.MINIMUM_LIVING,
    "低边": Hardship.MARGINAL, "低保边缘": Hardship.MARGINAL,
    "计划生育特殊家庭": Hardship.FAMILY_PLANNING, "计生特殊家庭": Hardship.FAMILY_PLANNING,
    "重点优抚": Hardship.ENTITLED_VETERAN, "优抚": Hardship.ENTITLED_VETERAN,
    **{str(ground): ground for ground in Hardship},
}  # fmt: skip
KIND_WORDS = {
    "中央厨房": SiteKind.CENTRAL_KITCHEN, "中心食堂": SiteKind.CENTRAL_CANTEEN,
    "老年食堂": SiteKind.SENIOR_CANTEEN, "助餐点": SiteKind.SERVING_POINT,
    "助餐餐厅": SiteKind.PARTNER_RESTAURANT, "合作餐厅": SiteKind.PARTNER_RESTAURANT,
    "邻里互助": SiteKind.NEIGHBOUR, "邻里互助点": SiteKind.NEIGHBOUR,
    **{str(kind): kind for kind in SiteKind},
}  # fmt: skip
PERIOD_WORDS = {
    "早餐": MealPeriod.BREAKFAST, "早": MealPeriod.BREAKFAST, "早饭": MealPeriod.BREAKFAST,
    "午餐": MealPeriod.LUNCH, "中餐": MealPeriod.LUNCH, "午": MealPeriod.LUNCH,
    "中": MealPeriod.LUNCH, "午饭": MealPeriod.LUNCH, "中饭": MealPeriod.LUNCH,
    "晚餐": MealPeriod.SUPPER, "晚": MealPeriod.SUPPER, "晚饭": MealPeriod.SUPPER,
    **{str(period): period for period in MealPeriod},
}  # fmt: skip
# 清真 is not here on purpose: a halal kitchen is more than a plate without pork.
DIET_WORDS = {
    "软食": Need.SOFT, "碎食": Need.MINCED, "糊状": Need.PUREED, "去骨": Need.NO_BONES,
    "无骨": Need.NO_BONES, "不吃猪肉": Need.NO_PORK, "糖尿病": Need.DIABETIC,
    "低糖": Need.DIABETIC, "低盐": Need.LOW_SALT,
}  # fmt: skip
_STANDARD_WORDS = frozenset({"普通", "普食", "正常", "无忌口"})
_BETWEEN = re.compile(r"[、,，;；+/\s]+")


def diet_variant(text: str) -> str | Fault:
    """The variant of a diet written in Chinese words, in the kitchen's own, or mixed."""
    words = [word for word in _BETWEEN.split(text) if word and word not in _STANDARD_WORDS]
    said = "+".join(str(DIET_WORDS.get(word, word)) for word in words)
    try:
        return parse_diet(said).variant
    except UnknownDiet as error:
        known = "、".join((*DIET_WORDS, *Need, "allergen:…", "without:…"))
        return Fault("unknown_word", f"{known} ({error.word})")


def meal_periods(text: str) -> tuple[MealPeriod, ...] | Fault:
    """Meals of a cell such as ``午餐、晚餐`` or ``午晚``, in the order of the day."""
    found: set[MealPeriod] = set()
    for part in _BETWEEN.split(text.upper()):
        words = [part] if part in PERIOD_WORDS else list(part)
        for word in words:
            if word not in PERIOD_WORDS:
                return Fault("unknown_word", "、".join(PERIOD_WORDS))
            found.add(PERIOD_WORDS[word])
    return tuple(period for period in MealPeriod if period in found)
