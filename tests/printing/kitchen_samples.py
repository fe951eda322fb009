"""A kitchen's record, a week on the wall and retained samples, as on a real day; every name of a person is invented."""

from datetime import date, time, timedelta

from printing.kitchen_sheets import (
    ArrivalLine,
    CheckLine,
    DeviationLine,
    GoodsLine,
    PotLine,
    ProductionRecord,
    SampleLabel,
    SampleLabels,
    SampleLine,
    WallDay,
    WallDish,
    WallMenu,
    WasteLine,
)
from tests.printing.sheet_samples import DAY, MADE_AT

_KITCHEN = ("桐庐县中央厨房（横村镇）", "Tonglu central kitchen (Hengcun)")
_PEOPLE = (("王建国", "Wang Jianguo"), ("蓝美芳", "Lan Meifang"), ("钟水根", "Zhong Shuigen"))
_POTS = (
    ("BREAKFAST", ("杂粮粥", "Mixed grain porridge"), 0, 320, 318, (5, 0), (5, 50), "96.1", (8, 0)),
    ("BREAKFAST", ("鸡蛋羹", "Steamed egg custard"), 1, 320, 320, (5, 20), (5, 45), "82.4", (8, 0)),
    ("LUNCH", ("红烧肉末豆腐", "Tofu with minced pork"), 0, 240, 240, (8, 10), (8, 55), "88.0", (12, 45)),
    ("LUNCH", ("红烧肉末豆腐", "Tofu with minced pork"), 0, 240, 236, (9, 0), (9, 45), "86.5", (12, 45)),
    ("LUNCH", ("清蒸鲈鱼（去骨）", "Steamed perch, boned"), 1, 240, 240, (9, 10), (9, 35), "74.2", (12, 35)),
    ("LUNCH", ("南瓜泥", "Pumpkin mash"), 1, 480, None, (8, 20), (9, 0), "", (12, 30)),
    ("SUPPER", ("青菜香菇面", "Noodles with greens"), 0, 280, 280, (15, 30), (16, 0), "91.7", (19, 0)),
)  # fmt: skip
_SITES = (
    ("莪山畲族乡中心食堂", "Eshan canteen"),
    ("尧山村助餐点", "Yaoshan point"),
    ("新丰民族村助餐点", "Xinfeng point"),
    ("翙岗村老年食堂", "Huigang senior canteen"),
    ("沈冠村雷奶奶家（邻里互助）", "Shenguan neighbour host"),
)


def pot_lines(lang: str = "zh") -> tuple[PotLine, ...]:
    """Seven pots of three meals; one was neither counted nor measured."""
    at = 0 if lang == "zh" else 1
    machines = (("夹层锅 1", "蒸箱 A"), ("Kettle 1", "Steamer A"))[at]
    return tuple(
        PotLine(
            period=period,
            dish=name[at],
            pot=number + 1,
            equipment=machines[machine],
            planned=planned,
            made=made,
            start=time(*start),
            finish=time(*finish),
            core_c=core,
            eat_by=time(*eat_by),
            eat_by_day="",
            sample=f"LY-{number + 1:03d}" if core else "",
            lots=tuple(f"2026{1012 + step}-{number + 1:02d}{step}" for step in range(2 + number % 4)),
            by=_PEOPLE[number % 3][at],
            note=("测温计没电，未测", "Thermometer empty, not measured")[at] if not core else "",
        )
        for number, (period, name, machine, planned, made, start, finish, core, eat_by) in enumerate(_POTS)
    )  # fmt: skip


def _goods(at: int) -> tuple[GoodsLine, ...]:
    suppliers = (
        ("桐庐农合联配送", "Tonglu farm co-op"),
        ("分水水产批发", "Fenshui fish market"),
        ("横村粮油店", "Hengcun grain shop"),
    )
    rows = (
        (("嫩豆腐", "Soft tofu"), 0, "20261014-0311", 86_400, "4.8", date(2026, 10, 17)),
        (("猪后腿肉", "Pork leg"), 0, "20261014-1120", 21_600, "3.1", date(2026, 10, 16)),
        (("鲈鱼", "Perch"), 1, "FS-8812", 33_600, "2.4", date(2026, 10, 15)),
        (("南瓜", "Pumpkin"), 0, "20261013-0902", 48_000, "", None),
        (("大米", "Rice"), 2, "HC2609-07", 62_400, "", date(2027, 3, 1)),
        (("低钠盐", "Low-sodium salt"), 2, "", 1_450, "", date(2028, 5, 31)),
    )
    return tuple(
        GoodsLine(
            name[at], suppliers[place][at], lot, grams, temp, best, time(5, 10 + 4 * number),
            _PEOPLE[number % 3][at],
        )
        for number, (name, place, lot, grams, temp, best) in enumerate(rows)
    )  # fmt: skip


def _arrivals(at: int) -> tuple[ArrivalLine, ...]:
    rows = (
        (0, "LUNCH", time(10, 24), "71.5", 42, 42),
        (1, "LUNCH", time(10, 35), "68.9", 15, 15),
        (2, "LUNCH", time(10, 49), "57.2", 22, 24),
        (3, "LUNCH", time(10, 58), "66.0", 29, 29),
        (4, "LUNCH", None, "", None, 5),
    )
    return tuple(
        ArrivalLine(_SITES[site][at], period, arrived, temp, received, loaded, time(12, 35), by="" if arrived is None else _PEOPLE[site % 3][at])
        for site, period, arrived, temp, received, loaded in rows
    )  # fmt: skip


def deviation_lines(lang: str = "zh") -> tuple[DeviationLine, ...]:
    """One dealt with, two open."""
    at = 0 if lang == "zh" else 1
    people = [name[at] for name in _PEOPLE]
    return (
        DeviationLine(
            ("配送温度低", "Delivered too cool")[at],
            f"{_SITES[2][at]} {('午餐', 'lunch')[at]}",
            "57.2 ℃",
            "≥ 60 ℃",
            (
                "到点后蒸 12 分钟，复测 76.4 ℃ 后供餐；保温箱 14 号停用送修",
                "Steamed 12 minutes on arrival, 76.4 ℃ when measured again; box 14 sent for repair",
            )[at],
            people[1],
            "10-15 10:49",
        ),
        DeviationLine(
            ("中心温度未测", "Core temperature missing")[at],
            ("南瓜泥 6 号锅", "Pumpkin mash, pot 6")[at],
            "",
            "≥ 70 ℃",
            "",
            people[2],
            "10-15 09:00",
        ),
        DeviationLine(
            ("未签收", "Nobody signed")[at],
            f"{_SITES[4][at]} {('午餐', 'lunch')[at]}",
            "",
            ("10:56 前", "by 10:56")[at],
            "",
            people[0],
            "10-15 11:10",
        ),
    )


def production_record(lang: str = "zh") -> ProductionRecord:
    """A day with three deviations."""
    at = 0 if lang == "zh" else 1
    pots = pot_lines(lang)
    people = [name[at] for name in _PEOPLE]
    fridge = ("2 号留样柜", "Sample fridge 2")[at]
    samples = tuple(
        SampleLine(
            pot.dish, pot.period, 125 + 5 * number, fridge, f"10-15 {pot.finish:%H:%M}",
            f"10-17 {pot.finish:%H:%M}", "10-17 18:00" if number == 0 else "", pot.by,
        )
        for number, pot in enumerate(pots)
        if pot.sample
    )  # fmt: skip
    checks = (
        CheckLine("05:00", ("晨检", "Health check")[at], ("到岗 6 人，无发热、无伤口", "6 at work, no fever, no wounds")[at], "", people[0]),
        CheckLine("05:05", ("冷藏温度", "Fridge")[at], ("1 号冷藏柜", "Fridge 1")[at], "3.6", people[0]),
        CheckLine("05:06", ("冷冻温度", "Freezer")[at], ("1 号冰柜", "Freezer 1")[at], "-18.9", people[0]),
        CheckLine("14:20", ("餐具消毒", "Dishes sterilised")[at], ("热风消毒柜", "Hot air cabinet")[at], "121", people[2], ("120 ℃ 保持 15 分钟", "120 ℃ held for 15 minutes")[at]),
    )  # fmt: skip
    waste = (
        WasteLine(_KITCHEN[at], ("烹制", "Cooking")[at], ("红烧肉末豆腐", "Tofu with minced pork")[at], 4, 1_280, 2_240, ("糊底", "Burnt at the bottom")[at]),
        WasteLine(_SITES[2][at], ("供餐", "Serving")[at], ("午餐剩余", "Lunches left")[at], 2, None, 2_400),
        WasteLine(_KITCHEN[at], ("切配", "Cutting")[at], ("南瓜皮瓤", "Pumpkin peel")[at], None, 6_750, 0),
    )  # fmt: skip
    return ProductionRecord(
        kitchen=_KITCHEN[at],
        licence="JY33301220000000",
        day=DAY,
        made_at=MADE_AT,
        pots=pots,
        goods=_goods(at),
        samples=samples,
        checks=checks,
        arrivals=_arrivals(at),
        deviations=deviation_lines(lang),
        waste=waste,
        total_planned=sum(pot.planned for pot in pots),
        total_made=sum(pot.made or 0 for pot in pots),
        waste_fen=sum(line.cost_fen for line in waste),
        closed_by=("申屠", "Shentu")[at],
    )


def empty_record(lang: str = "zh") -> ProductionRecord:
    """A day on which nothing was written down."""
    at = 0 if lang == "zh" else 1
    return ProductionRecord(_KITCHEN[at], "", DAY, MADE_AT, (), (), (), (), (), (), (), 0, 0, 0)


_COURSES = (
    ("主荤", "Main"),
    ("半荤", "Half meat"),
    ("素菜", "Vegetable"),
    ("汤", "Soup"),
    ("主食", "Staple"),
)
_SOY, _FISH, _EGG, _GLUTEN, _SHRIMP, _MILK = (
    ("大豆", "soya"), ("鱼类", "fish"), ("蛋类", "egg"), ("麸质谷物", "gluten"), ("甲壳类", "crustaceans"), ("乳", "milk"),
)  # fmt: skip
_WEEK = (
    ((("红烧肉末豆腐", "Braised tofu with minced pork"), (_SOY,), True), (("番茄炒鸡蛋", "Tomato and egg"), (_EGG,), False), (("蒜蓉菠菜", "Garlic spinach"), (), False), (("冬瓜虾皮汤", "Winter melon soup"), (_SHRIMP,), False), (("软米饭", "Soft rice"), (), True)),
    ((("清蒸鲈鱼（去骨）", "Steamed perch (boned)"), (_FISH, _SOY), True), (("肉片炒西葫芦", "Pork and courgette"), (), False), (("麻婆茄子", "Spiced aubergine"), (_SOY,), True), (("番茄蛋汤", "Tomato egg soup"), (_EGG,), False), (("杂粮饭", "Mixed grain rice"), (), False)),
    ((("土豆烧鸡", "Chicken with potato"), (_SOY, _GLUTEN), False), (("鸡蛋羹", "Egg custard"), (_EGG, _MILK), True), (("手撕包菜", "Torn cabbage"), (), False), (("菌菇豆腐汤", "Mushroom tofu soup"), (_SOY,), True), (("软米饭", "Soft rice"), (), True)),
    ((("狮子头（清炖）", "Stewed meatballs"), (_EGG, _GLUTEN, _SOY), True), (("香干炒芹菜", "Celery with bean curd"), (_SOY, _GLUTEN), False), (("南瓜泥", "Pumpkin mash"), (), True), (("紫菜虾皮汤", "Seaweed soup"), (_SHRIMP,), False), (("青菜香菇面", "Noodles with greens"), (_GLUTEN,), True)),
    ((("雪菜黄鱼", "Croaker with greens"), (_FISH,), False), (("肉末粉丝煲", "Vermicelli with pork"), (_SOY,), True), (("清炒丝瓜", "Fried loofah"), (), True), (("排骨萝卜汤", "Rib and radish soup"), (), False), (("软米饭", "Soft rice"), (), True)),
    ((("咖喱牛肉", "Beef curry"), (_GLUTEN, _MILK), False), (("蒸肉饼", "Steamed pork cake"), (_EGG,), True), (("上海青", "Bok choy"), (), False), (("玉米羹", "Sweetcorn soup"), (), True), (("馒头", "Steamed bun"), (_GLUTEN,), True)),
    (),
)  # fmt: skip
_SAID = (("高蛋白", "High protein"), ("少盐", "Low salt"), ("蔬菜足", "Plenty of vegetables"), ("低糖", "Low sugar"))  # fmt: skip


def wall_menu(lang: str = "zh", days: int = 7) -> WallMenu:
    """A week from Monday; the canteen is closed on Sunday."""
    at = 0 if lang == "zh" else 1
    monday = date(2026, 11, 23)
    found = tuple(
        WallDay(
            day=monday + timedelta(days=number),
            dishes=tuple(
                WallDish(name[at], course[at], tuple(sign[at] for sign in signs), soft)
                for course, (name, signs, soft) in zip(_COURSES, dishes, strict=False)
            ),
            kcal=612 + 17 * number if dishes else None,
            words=tuple(_SAID[(number + step) % 4][at] for step in range(2)) if dishes else (),
            estimated=number % 2 == 1,
        )
        for number, dishes in enumerate(_WEEK[:days])
    )
    return WallMenu(
        site=("翙岗村老年食堂", "Huigang senior canteen")[at],
        kitchen=_KITCHEN[at],
        made_at=MADE_AT,
        period="LUNCH",
        days=found,
        price=("每份 12 元，80 岁以上 8 元", "¥12 a meal, ¥8 from the age of 80")[at],
        address="https://canteen.example/m/HG01?week=2026-11-23",
        note=(
            "星期四吃面，要米饭的请在星期三 16:00 前告诉食堂。",
            "Thursday is noodles: for rice, tell the canteen by 16:00 on Wednesday.",
        )[at],
    )


def sample_label(lang: str = "zh", **changes: object) -> SampleLabel:
    """A sample of perch."""
    at = 0 if lang == "zh" else 1
    values = {
        "sample_id": "NZ1S-20261123-0412",
        "kitchen": _KITCHEN[at],
        "dish": ("清蒸鲈鱼（去骨）", "Steamed perch, boned")[at],
        "day": date(2026, 11, 23),
        "period": "LUNCH",
        "grams": 135,
        "taken_at": "11-23 10:40",
        "keep_until": "11-25 10:40",
        "by": _PEOPLE[1][at],
    }
    return SampleLabel(**{**values, **changes})


def sample_labels(lang: str = "zh", count: int = 12) -> SampleLabels:
    """Labels with rising numbers."""
    labels = (sample_label(lang, sample_id=f"NZ1S-20261123-{n:04d}") for n in range(count))
    return SampleLabels(MADE_AT, tuple(labels))
