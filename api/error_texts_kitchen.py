"""Sentences for the refusals of ``kitchen``."""

from api.error_text import Text

KITCHEN = {
    "kitchen.error": Text(
        422,
        "厨房业务无法执行，请联系管理员。",
        "The kitchen cannot do this; ask the administrator.",
    ),
    "kitchen.bad_service_level": Text(
        422,
        "供应保障率 {level} 应在 {lowest} 到 {highest} 之间。",
        "Service level {level} must be from {lowest} to {highest}.",
    ),
    "kitchen.bad_cost": Text(
        422,
        "缺餐成本 {short_fen} 分、浪费成本 {waste_fen} 分得不出保障率，请改正。",
        "Costs of {short_fen} fen short and {waste_fen} fen wasted give no service level; correct them.",
    ),
    "kitchen.day_not_ahead": Text(
        422,
        "{day} 不晚于已知日期 {cutoff}，无需预测。",
        "{day} is not after {cutoff}, the last day known.",
    ),
    "kitchen.horizon_too_long": Text(
        422,
        "{day} 离 {cutoff} 超过 {limit_days} 天，预测不到。",
        "{day} is more than {limit_days} days after {cutoff}: too far ahead.",
    ),
    "kitchen.succession_circle": Text(
        422,
        "{site_id} 绕一圈又并回自己，请改正。",
        "{site_id} would become itself in a circle; correct it.",
    ),
    "kitchen.repeated_opening": Text(
        422, "{site_id} 的 {period} 重复登记。", "{site_id} is listed twice for {period}."
    ),
    "kitchen.mixed_total": Text(
        422,
        "{found} 种日期或餐次不能合计。",
        "Forecasts of {found} different days or meals have no total.",
    ),
    "kitchen.bad_setting": Text(
        422, "厨房设置 {setting} 不能是 {value}。", "Kitchen setting {setting} cannot be {value}."
    ),
    "kitchen.negative_stock": Text(422, "库存不能是 {grams} 克。", "Stock cannot be {grams} g."),
    "kitchen.broken_menu_rules": Text(
        500,
        "随程序附带的菜单规则有 {problems} 处无法使用（第一处：{first}），请重新安装。",
        "The menu rules that ship with the program have {problems} faults (the first: {first}); install it again.",
    ),
    "kitchen.broken_dish_book": Text(
        500,
        "菜谱有 {problems} 处错误，首先是：{first}。",
        "The dish book has {problems} faults, first: {first}.",
    ),
    "kitchen.not_conserved": Text(
        500,
        "{step} 的份数不平：应 {expected}，实 {found}。没有保存。",
        "Portions are not conserved at {step}: {expected} expected, {found} found. Nothing was stored.",
    ),
    "kitchen.unknown_diet": Text(
        422,
        "饮食要求“{text}”里的“{word}”厨房不认识，请在档案中改正。",
        "The diet '{text}' has the word '{word}', which the kitchen does not know; correct it in the register.",
    ),
    "kitchen.no_coordinates": Text(
        422,
        "{site_id} 没有坐标，请补上后再排线路。",
        "{site_id} has no coordinates; add them before planning routes.",
    ),
}
