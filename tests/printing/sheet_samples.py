"""Sheets that look like a real day in Tonglu; every name of a person is invented."""

from datetime import UTC, date, datetime, time

from printing.sheets import (
    Amount,
    Batch,
    BoxLabel,
    BoxLabels,
    CardFace,
    CardFaces,
    ClaimLine,
    ClaimStatement,
    ClosingCount,
    ClosingSheet,
    DaySummary,
    DishPlan,
    Finding,
    IngredientAmount,
    KitchenTask,
    Leak,
    Link,
    LoadLine,
    MapPoint,
    MealLabel,
    MealLabels,
    PackingLine,
    PackingList,
    PlanProof,
    ProductionSheet,
    PurchaseLine,
    PurchaseList,
    RouteMap,
    RouteSheet,
    RouteStop,
    VariantMeals,
)

MADE_AT = datetime(2026, 10, 14, 21, 30, tzinfo=UTC)
DAY = date(2026, 10, 15)
HASH = "9f2b6c1e04d7a8853e10c4bb7f5d62190a1d3f48e6c79b2254d08ea1337fb0c6"

_STOPS = (
    # site (zh, en), kind, minute after 10:00, plain, soft, low salt, note, (lon, lat)
    (("莪山畲族乡中心食堂", "Eshan canteen"), 0, 24, 32, 6, 4, "", (119.683, 29.868)),
    (("尧山村助餐点", "Yaoshan point"), 0, 35, 12, 3, 0, "桥窄，从村口步行", (119.671, 29.851)),
    (("新丰民族村助餐点", "Xinfeng point"), 0, 46, 18, 2, 2, "", (119.655, 29.862)),
    (("翙岗村老年食堂", "Huigang senior canteen"), 1, 58, 21, 5, 3, "", (119.668, 29.889)),
    (
        ("沈冠村雷奶奶家（邻里互助）", "Shenguan neighbour host"),
        2,
        66,
        4,
        1,
        0,
        "",
        (119.690, 29.893),
    ),
)
_KINDS = (("助餐点", "老年食堂", "邻里互助"), ("Serving point", "Senior canteen", "Neighbour"))
_VARIANTS = (("普通", "软食", "低盐"), ("Plain", "Soft", "Low salt"))
_NOTES = (
    "桥窄，从村口步行 200 米；狗已拴好",
    "Narrow bridge, walk the last 200 m; the dog is tied up",
)


def stop(number: int, lang: str = "zh", **changes: object) -> RouteStop:
    """One of five stops, 1 to 5."""
    at = 0 if lang == "zh" else 1
    site, kind, minute, plain, soft, salt, note, _ = _STOPS[number - 1]
    hour, rest = divmod(600 + minute, 60)
    limit, limit_rest = divmod(600 + minute + 20, 60)
    meals = zip(_VARIANTS[at], (plain, soft, salt), strict=True)
    values = {
        "sequence": number,
        "site": site[at],
        "kind": _KINDS[at][kind],
        "planned_at": time(hour, rest),
        "arrive_by": time(limit, limit_rest),
        "boxes": (plain + soft + salt + 11) // 12,
        "meals": tuple(VariantMeals(name, count) for name, count in meals if count),
        "contact": ("钟师傅", "Mr Zhong")[at],
        "phone": "0571-6420 0000",
        "door_note": _NOTES[at] if note else "",
        "nav_url": "https://uri.amap.com/navigation?to=119.68765,29.86543&mode=car&callnative=1",
    }
    return RouteStop(**{**values, **changes})


def route_of(stops: tuple[RouteStop, ...], lang: str = "zh", **changes: object) -> RouteSheet:
    """A sheet whose load list and totals follow from the stops."""
    at = 0 if lang == "zh" else 1
    load = tuple(
        LoadLine(one.site, part.variant, part.meals, one.boxes if place == 0 else 0)
        for one in reversed(stops)
        for place, part in enumerate(one.meals)
    )
    values = {
        "route": ("3 号线 · 莪山", "Route 3 · Eshan")[at],
        "driver": ("蓝志根", "Lan Zhigen")[at],
        "vehicle": ("五菱宏光", "Wuling van")[at],
        "plate": "浙A·6K382",
        "depot": ("桐庐县中央厨房（横村镇）", "Tonglu central kitchen (Hengcun)")[at],
        "day": DAY,
        "period": "LUNCH",
        "depart_at": time(10, 5),
        "return_at": time(11, 40),
        "made_at": MADE_AT,
        "stops": stops,
        "load": load,
        "total_meals": sum(part.meals for one in stops for part in one.meals),
        "total_boxes": sum(one.boxes for one in stops),
    }
    return RouteSheet(**{**values, **changes})


def route_map() -> RouteMap:
    """A map of the five stops."""
    ring = (
        (119.63, 29.83),
        (119.66, 29.825),
        (119.71, 29.84),
        (119.72, 29.88),
        (119.70, 29.91),
        (119.65, 29.905),
    )
    points = tuple(MapPoint(str(place + 1), row[-1]) for place, row in enumerate(_STOPS))
    depot = (119.700, 29.842)
    path = (depot, (119.692, 29.852), *(row[-1] for row in _STOPS), (119.704, 29.87), depot)
    return RouteMap(outlines=(ring,), depot=depot, points=points, path=path)


def route_sheet(lang: str = "zh") -> RouteSheet:
    """Five stops with a map and a proof."""
    unit = "米" if lang == "zh" else "m"
    stops = tuple(stop(number, lang) for number in range(1, 6))
    proof = PlanProof(cost=418_220, bound=415_900, unit=unit)
    return route_of(stops, lang, map=route_map(), distance_m=27_340, proof=proof)


def meal_label(lang: str = "zh", **changes: object) -> MealLabel:
    """A soft, low-salt lunch."""
    at = 0 if lang == "zh" else 1
    values = {
        "bearer": ("雷*英", "Lei *ying")[at],
        "day": DAY,
        "period": "LUNCH",
        "dishes": (
            ("红烧肉末豆腐", "清蒸鲈鱼（去骨）", "南瓜泥", "冬瓜汤", "软米饭"),
            ("Tofu with pork", "Steamed perch, boned", "Pumpkin mash", "Melon soup", "Soft rice"),
        )[at],
        "eat_by": time(12, 45),
        "qr": "NZ1M0003840021",
        "variant": ("软食", "Soft")[at],
        "diet": (("低盐", "去骨"), ("low salt", "boned"))[at],
        "allergens": (("鱼", "大豆"), ("fish", "soya"))[at],
        "site": ("翙岗村老年食堂", "Huigang senior canteen")[at],
        "route": ("3 号线", "Route 3")[at],
        "stop_no": 4,
        "box_no": 2,
    }
    return MealLabel(**{**values, **changes})


def meal_labels(lang: str = "zh", count: int = 24) -> MealLabels:
    """Labels with rising codes; every other one without diet words."""
    plain = {"diet": (), "allergens": (), "variant": ("普通", "Plain")[lang != "zh"]}
    labels = (
        meal_label(lang, qr=f"NZ1M{number:010d}", **(plain if number % 2 else {}))
        for number in range(count)
    )
    return MealLabels(MADE_AT, tuple(labels))


def box_label(lang: str = "zh", **changes: object) -> BoxLabel:
    """The second of three boxes."""
    at = 0 if lang == "zh" else 1
    variants = _VARIANTS[at]
    values = {
        "site": ("翙岗村老年食堂", "Huigang senior canteen")[at],
        "day": DAY,
        "period": "LUNCH",
        "box_no": 2,
        "box_count": 3,
        "meals": (VariantMeals(variants[0], 7), VariantMeals(variants[1], 5)),
        "eat_by": time(13, 30),
        "qr": "NZ1B0003840021",
        "route": ("3 号线", "Route 3")[at],
        "stop_no": 4,
        "kitchen": ("桐庐县中央厨房", "Tonglu central kitchen")[at],
        "licence": "JY33301220000000",
        "cooked_at": time(9, 30),
    }
    return BoxLabel(**{**values, **changes})


def box_labels(lang: str = "zh", count: int = 24) -> BoxLabels:
    """Labels with rising codes."""
    labels = (box_label(lang, qr=f"NZ1B{number:010d}") for number in range(count))
    return BoxLabels(MADE_AT, tuple(labels))


def production_sheet(lang: str = "zh") -> ProductionSheet:
    """Three dishes, their pots and tasks."""
    at = 0 if lang == "zh" else 1
    kettle, steamer = (("夹层锅 1", "蒸箱 A"), ("Kettle 1", "Steamer A"))[at]
    pork, perch, rice = (
        ("红烧肉末豆腐", "清蒸鲈鱼（去骨）", "软米饭"),
        ("Tofu with minced pork", "Steamed perch, boned", "Soft rice"),
    )[at]
    grams = (
        (("嫩豆腐", 86_400), ("猪后腿肉", 21_600), ("生抽", 2_880), ("小葱", 960)),
        (("Soft tofu", 86_400), ("Pork leg", 21_600), ("Soy sauce", 2_880), ("Spring onion", 960)),
    )[at]
    fish = ((("鲈鱼", 33_600), ("生姜", 820)), (("Perch", 33_600), ("Ginger", 820)))[at]
    grain = ((("大米", 62_400),), (("Rice", 62_400),))[at]

    def amounts(some: tuple[tuple[str, int], ...]) -> tuple[IngredientAmount, ...]:
        return tuple(IngredientAmount(name, weight) for name, weight in some)

    dishes = (
        DishPlan(
            pork,
            480,
            (
                Batch(1, 240, time(8, 10), time(8, 55), kettle, "120 L"),
                Batch(2, 240, time(9, 0), time(9, 45), kettle, "120 L"),
            ),
            amounts(grams),
            ("其中软食 120 份，切 0.5 cm 丁", "120 soft: diced to 0.5 cm")[at],
        ),
        DishPlan(
            perch, 240, (Batch(1, 240, time(9, 10), time(9, 35), steamer, "10 盘"),), amounts(fish)
        ),
        DishPlan(
            rice, 480, (Batch(1, 480, time(8, 30), time(9, 30), steamer, "12 盘"),), amounts(grain)
        ),
    )
    actions = (
        (("解冻", "浸米", "切配", "开锅", "留样 125 g", "测中心温度"), "装箱"),
        (("Thaw", "Soak rice", "Cut", "Start", "Keep sample 125 g", "Core temperature"), "Pack"),
    )[at]
    names = (perch, rice, pork, pork, pork, perch)
    hours = (time(6, 0), time(6, 30), time(7, 0), time(8, 10), time(8, 55), time(9, 35))
    tasks = tuple(
        KitchenTask(hour, action, dish)
        for hour, action, dish in zip(hours, actions[0], names, strict=True)
    )
    kitchen = ("桐庐县中央厨房", "Tonglu central kitchen")[at]
    last = KitchenTask(time(9, 45), actions[1], "", kettle)
    return ProductionSheet(kitchen, DAY, "LUNCH", MADE_AT, dishes, (*tasks, last), 1_200)


def purchase_list(lang: str = "zh") -> PurchaseList:
    """Twelve lines of three suppliers."""
    at = 0 if lang == "zh" else 1
    suppliers = (
        ("桐庐农合联配送", "分水水产批发", "横村粮油店"),
        ("Tonglu farm co-op", "Fenshui fish market", "Hengcun grain shop"),
    )[at]
    rows = (
        (("嫩豆腐", "Soft tofu"), 86_400, 4_000, 5_000, 17, 0, 61_200),
        (("猪后腿肉", "Pork leg"), 21_600, 0, 1_000, 22, 0, 83_600),
        (("小葱", "Spring onion"), 960, 150, 500, 2, 0, 900),
        (("南瓜", "Pumpkin"), 48_000, 6_500, 10_000, 5, 0, 14_000),
        (("冬瓜", "Winter melon"), 52_000, 0, 10_000, 6, 0, 13_200),
        (("鲈鱼", "Perch"), 33_600, 0, 1_000, 34, 1, 112_200),
        (("虾皮", "Dried shrimp"), 640, 900, 500, 0, 1, 0),
        (("大米", "Rice"), 62_400, 25_000, 25_000, 2, 2, 28_500),
        (("菜籽油", "Rapeseed oil"), 12_000, 3_300, 5_000, 2, 2, 13_800),
        (("生抽", "Soy sauce"), 2_880, 1_200, 1_750, 1, 2, 2_150),
        (("低钠盐", "Low-sodium salt"), 1_450, 350, 400, 3, 2, 1_050),
    )
    lines = tuple(
        PurchaseLine(name[at], need, stock, pack, packs, suppliers[place], cost)
        for name, need, stock, pack, packs, place, cost in rows
    )
    kitchen = ("桐庐县中央厨房", "Tonglu central kitchen")[at]
    return PurchaseList(kitchen, DAY, MADE_AT, lines, sum(line.cost_fen for line in lines))


def packing_list(lang: str = "zh") -> PackingList:
    """The five stops of route 3, then two more of route 4."""
    at = 0 if lang == "zh" else 1
    stops = [stop(number, lang) for number in range(1, 6)]
    routes = (("3 号线", "4 号线"), ("Route 3", "Route 4"))[at]
    lines = [
        PackingLine(one.site, part.variant, part.meals, one.boxes if place == 0 else 1, route)
        for route, some in ((routes[0], stops), (routes[1], stops[:2]))
        for one in some
        for place, part in enumerate(one.meals)
    ]
    return PackingList(
        ("桐庐县中央厨房", "Tonglu central kitchen")[at],
        DAY,
        "LUNCH",
        MADE_AT,
        tuple(lines),
        sum(line.portions for line in lines),
        sum(line.boxes for line in lines),
    )


def closing_sheet(lang: str = "zh") -> ClosingSheet:
    """A day with one difference and two findings."""
    at = 0 if lang == "zh" else 1
    tenders = (
        (("个人余额", "Own purse"), 61_240),
        (("养老服务电子津贴", "Allowance"), 9_600),
        (("爱心卡", "Charity card"), 3_150),
        (("现金", "Cash"), 12_900),
    )
    funders = (
        (("县财政", "County"), 24_330),
        (("乡镇", "Township"), 8_110),
        (("村集体", "Village"), 4_055),
    )
    findings = (
        Finding(
            ("重复优惠", "Second subsidy")[at],
            ("卡 …4417 午餐已在尧山村用过优惠", "Card …4417 had its lunch subsidy at Yaoshan")[at],
            1,
            ("已按原价", "Full price")[at],
        ),
        Finding(
            ("离线补传", "Late upload")[at],
            ("收银机 2 断网 18 分钟", "Till 2 was off line for 18 minutes")[at],
            14,
            ("已入账", "Posted")[at],
        ),
    )
    return ClosingSheet(
        site=("翙岗村老年食堂", "Huigang senior canteen")[at],
        day=DAY,
        made_at=MADE_AT,
        counts=(
            ClosingCount("BREAKFAST", 40, 37, 37, 0, 3),
            ClosingCount("LUNCH", 112, 104, 103, 2, 4),
            ClosingCount("SUPPER", 30, 29, 29, 0, 1),
        ),
        tenders=tuple(Amount(name[at], fen) for name, fen in tenders),
        funders=tuple(Amount(name[at], fen) for name, fen in funders),
        price_fen=sum(fen for _, fen in (*tenders, *funders)),
        takings_fen=sum(fen for _, fen in tenders),
        shares_fen=sum(fen for _, fen in funders),
        audit_head=HASH,
        exceptions=findings,
        closed_by=("申屠", "Shentu")[at],
    )


def claim_statement(lang: str = "zh", sites: int = 14) -> ClaimStatement:
    """Sites of one township with three tiers each, four funders, two of them claimed from."""
    at = 0 if lang == "zh" else 1
    tiers = (
        (("60-79 岁 8折", "60-79 pays 80%"), 80),
        (("80-89 岁 7折", "80-89 pays 70%"), 70),
        (("90 岁以上 5折", "90+ pays 50%"), 50),
    )
    lines = []
    for number in range(sites):
        for place, (tier, paid_percent) in enumerate(tiers):
            meals = 620 - 37 * number % 300 - 180 * place
            price = meals * 1_200
            paid = price * paid_percent // 100
            rest = price - paid
            county, town = rest // 2, rest // 4
            shares = (county, town, rest // 8, rest - county - town - rest // 8)
            site = _STOPS[number % 5][0][at] + (f" {number // 5 + 1}" if number >= 5 else "")
            lines.append(ClaimLine(site, tier[at], meals, price, paid, shares))
    totals = tuple(sum(line.shares_fen[place] for line in lines) for place in range(4))
    funders = (("县财政", "乡镇", "村集体", "慈善"), ("County", "Township", "Village", "Charity"))[
        at
    ]
    return ClaimStatement(
        number="330122-2026-09-莪山",
        claimant=("莪山畲族乡人民政府", "Eshan township")[at],
        month=date(2026, 9, 1),
        made_at=MADE_AT,
        funders=funders,
        lines=tuple(lines),
        total_meals=sum(line.meals for line in lines),
        total_list_fen=sum(line.list_fen for line in lines),
        total_paid_fen=sum(line.paid_fen for line in lines),
        total_shares_fen=totals,
        claimed_from=funders[:1],
        claim_fen=totals[0],
        block_hash=HASH,
    )


def card_faces(lang: str = "zh", count: int = 12) -> CardFaces:
    """Cards with rising codes."""
    issuer = "桐庐县民政局" if lang == "zh" else "Tonglu Civil Affairs"
    name = "雷*英" if lang == "zh" else "Lei *ying"
    cards = (
        CardFace(
            f"{number * 1_234_567_890_123 + 17:049d}",
            f"3301 2200 {number:04d} 7",
            issuer,
            name,
            "0571-12345",
        )
        for number in range(count)
    )
    return CardFaces(MADE_AT, tuple(cards))


def day_summary(lang: str = "zh") -> DaySummary:
    """A day whose meals lose two nobody can explain."""
    at = 0 if lang == "zh" else 1

    def link(names: tuple[str, str], amount: int, *leaks: tuple[str, str, int]) -> Link:
        return Link(names[at], amount, tuple(Leak(leak[at], leak[2]) for leak in leaks))

    meals = (
        link(("订餐", "Ordered"), 4_120, ("截单后取消", "cancelled after cut-off", 36)),
        link(("预测", "Forecast"), 4_084, ("安全余量", "buffer", -96)),
        link(
            ("烹制", "Cooked"),
            4_180,
            ("留样", "retained samples", 24),
            ("温度不足", "too cold", 12),
        ),
        link(("装车", "Loaded"), 4_144, ("翻箱", "box overturned", 10)),
        link(("到点", "Received"), 4_132, ("退回", "sent back", 9), ("未售", "not sold", 71)),
        link(("供餐", "Served"), 4_052),
    )
    money = (
        link(("原价", "List price"), 4_862_400, ("优惠合计", "subsidies", 1_361_472)),
        link(
            ("应付", "Due"), 3_500_928, ("津贴", "allowance", 412_000), ("慈善", "charity", 58_800)
        ),
        link(("老人实付", "Paid by elders"), 3_030_128),
    )
    findings = (
        Finding(("温度", "Temperature")[at], ("合村 2 箱低于 60 ℃", "2 boxes below 60 ℃")[at], 2),
        Finding(("无路线", "No route")[at], ("新合 1 户无坐标", "1 home without a place")[at], 1),
        Finding(("离线", "Off line")[at], ("3 台收银机今日未同步", "3 tills not synced")[at], 3),
    )
    return DaySummary(("桐庐县", "Tonglu county")[at], DAY, MADE_AT, meals, money, findings, HASH)
