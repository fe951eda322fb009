"""Words for the rules of menus: what the shipped ones are called; a kitchen's own rules keep their names."""

from collections.abc import Mapping

from api.labels import label
from api.words import Pair

RULES: Mapping[str, Pair] = {
    "energy": ("热量", "energy"),
    "protein": ("蛋白质", "protein"),
    "protein_aim": ("蛋白质偏多", "more protein than aimed at"),
    "salt": ("盐", "salt"),
    "fat": ("脂肪供能", "share of fat"),
    "cost": ("一餐成本", "cost of a set"),
    "week_budget": ("一周预算", "budget of the week"),
    "repeat": ("重复间隔", "repeated too soon"),
    "main_in_set": ("同餐主料重复", "main ingredient twice in a set"),
    "main_next_day": ("隔天主料重复", "main ingredient two days running"),
    "fish": ("一周鱼次数", "fish in the week"),
    "fried": ("油炸", "fried dishes"),
    "preserved": ("一周腌制次数", "preserved food in the week"),
    "bones": ("带骨", "dishes with bones"),
    "soft": ("软食", "soft dishes"),
    "colours": ("颜色", "colours"),
    "green": ("绿叶", "a green vegetable"),
    "rice": ("一周米饭次数", "rice in the week"),
    "whole_grain": ("一周粗粮次数", "whole grain in the week"),
    "congee": ("一周白粥次数", "congee in the week"),
    "season": ("时令", "season"),
    "lead_time": ("来不及进货", "too late to order"),
    "diets": ("特殊饮食没有替代", "a diet without a plate"),
    "equipment": ("设备时间", "minutes of equipment"),
    "stock": ("库存没用完", "food left on the shelf"),
    "liking": ("口味", "liking"),
    "set": ("缺菜", "an empty place"),
}


def rule_words(rule: str, lang: str) -> str:
    """What a rule is called; a lock says its day and place."""
    if rule.startswith("lock:"):
        _, day, slot = rule.split(":", 2)
        fixed = "locked" if lang == "en" else "已锁定"
        return f"{day} {label(slot, lang)} {fixed}"
    words = RULES.get(rule)
    return words[lang == "en"] if words else rule
