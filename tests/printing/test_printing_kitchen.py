"""The kitchen's record, the menu on the wall and the labels of retained samples: whole, legible, nothing lost."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from printing import record_texts, sample_label, wall_grid, wall_menu, words
from printing.canvas import A4, Canvas
from printing.errors import ColumnMismatch, DoesNotFit, NothingToPrint, TotalMismatch
from printing.fitting import Style, fit
from printing.flow import Column, Flow, Head, Note, Table
from printing.kitchen_sheets import (
    ProductionRecord,
    SampleLabels,
    WallDay,
    WallDish,
    WallMenu,
)
from printing.printed import Printed
from printing.production_record import draw_production_records
from printing.sample_label import draw_sample_labels
from printing.wall_menu import draw_wall_menus
from printing.words import Words
from tests.printing import kitchen_samples as kitchen
from tests.printing.print_reading import (
    HOSTILE,
    LANGS,
    assert_tidy,
    codes_on,
    page_size_mm,
    text_of,
)
from tests.printing.sheet_samples import MADE_AT

ALLERGENS = (
    "麸质谷物",
    "甲壳类",
    "蛋类",
    "鱼类",
    "花生",
    "大豆",
    "乳",
    "坚果",
    "芹菜",
    "芥末",
    "芝麻",
    "亚硫酸盐",
    "羽扇豆",
    "软体动物",
)


def squeezed(text: str) -> str:
    return "".join(text.split())


def record(lang: str = "zh", **changes: object) -> Printed:
    return draw_production_records(
        (replace(kitchen.production_record(lang), **changes),), lang=lang
    )


def wall(lang: str = "zh", **changes: object) -> Printed:
    return draw_wall_menus((replace(kitchen.wall_menu(lang), **changes),), lang=lang)


def labelled(lang: str = "zh", **changes: object) -> Printed:
    one = kitchen.sample_label(lang, **changes)
    return draw_sample_labels(SampleLabels(MADE_AT, (one,)), lang=lang)


def long_day(pots: int, arrivals: int) -> ProductionRecord:
    """A day so long that every section runs over pages."""
    found = kitchen.production_record("zh")
    many = tuple(
        replace(found.pots[n % 7], dish=f"第{n + 1}号菜", pot=n + 1, lots=(f"甲{n}号", f"乙{n}号"))
        for n in range(pots)
    )
    sites = tuple(replace(found.arrivals[n % 5], site=f"第{n + 1}站食堂") for n in range(arrivals))
    return replace(
        found,
        pots=many,
        arrivals=sites,
        total_planned=sum(pot.planned for pot in many),
        total_made=sum(pot.made or 0 for pot in many),
    )


@pytest.mark.parametrize(
    "table", [record_texts.TEXTS, wall_menu.TEXTS, wall_grid.TEXTS, sample_label.TEXTS]
)
def test_every_text_is_said_in_both_languages(table: words.Table) -> None:
    for key, (zh, en) in table.items():
        assert zh, key
        assert en, key
        assert not re.search(r"[\u4e00-\u9fff]", en), key
        assert re.findall(r"{\w+}", zh) == re.findall(r"{\w+}", en) or key == "range", key


def test_each_print_has_its_paper() -> None:
    for printed, size in ((record(), (210, 297)), (wall(), (420, 297)), (labelled(), (60, 40))):
        assert page_size_mm(printed) == pytest.approx(size, abs=0.1)


def said_by(sheet: ProductionRecord) -> set[str]:
    """Every text and every hour of the record."""
    pieces = {sheet.kitchen, sheet.licence, sheet.closed_by}
    for group in (
        sheet.pots,
        sheet.goods,
        sheet.samples,
        sheet.checks,
        sheet.arrivals,
        sheet.deviations,
        sheet.waste,
    ):
        for line in group:
            for name in line.__slots__:
                value = getattr(line, name)
                if isinstance(value, str) and name not in {"period", "eat_by_day"}:
                    pieces.add(value)
                elif isinstance(value, tuple):
                    pieces.update(value)
                elif isinstance(value, time):
                    pieces.add(f"{value:%H:%M}")
                elif isinstance(value, date):
                    pieces.add(value.isoformat())
    return pieces - {""}


@pytest.mark.parametrize("lang", LANGS)
def test_everything_written_down_stands_in_the_record(lang: str) -> None:
    printed = record(lang)
    whole = text_of(printed)
    for piece in said_by(kitchen.production_record(lang)):
        assert squeezed(piece) in whole, piece
    assert printed.shortened == ()


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_day_is_drawn_and_every_section_says_that_nothing_is_there(lang: str) -> None:
    printed = draw_production_records((kitchen.empty_record(lang),), lang=lang)
    said = Words(record_texts.TEXTS, lang)
    drawn = [box.text for box in printed.boxes]
    sections = ("deviations", "goods", "pots", "samples", "arrivals", "checks", "waste")
    for name in sections:
        assert said[name] in drawn
    assert drawn.count(said["nothing"]) == len(sections)
    assert said["not_closed"] in drawn
    assert printed.pages == 1
    assert_tidy(printed)


def test_deviations_come_first_and_the_open_ones_before_the_others() -> None:
    printed = record()
    places = {box.text: (box.page, box.y) for box in reversed(printed.boxes)}
    opened = [box for box in printed.boxes if "未处理" in box.text and "▲" in box.text]
    assert len(opened) == 2
    assert places["中心温度未测"] < places["未签收"] < places["配送温度低"] < places["嫩豆腐"]
    assert all((box.page, box.y) < places["配送温度低"] for box in opened)
    done = next(box for box in printed.boxes if box.text.startswith("处理："))
    assert "复测 76.4 ℃" in done.text
    assert "2 / 1" in places


def test_what_nobody_measured_counted_or_signed_is_said_and_not_left_blank() -> None:
    drawn = [box.text for box in record().boxes]
    assert drawn.count("未测") == 2  # a pot and an arrival
    assert "未留样" in drawn
    assert drawn.count("未记") >= 4  # portions made, a lot, an arrival's hour, who received it
    assert any("（1 锅未记）" in text for text in drawn)
    bare = replace(kitchen.pot_lines()[0], lots=(), by="", eat_by=None, sample="", note="")
    printed = record(pots=(bare,), total_planned=320, total_made=318)
    assert "批号：未记" in text_of(printed)
    assert_tidy(printed)


def test_an_hour_of_the_next_day_says_so() -> None:
    late = replace(kitchen.pot_lines()[0], eat_by=time(6, 0), eat_by_day="次日")
    printed = record(pots=(late,), total_planned=320, total_made=318)
    assert "次日06:00" in text_of(printed)


def test_a_difference_between_loaded_and_received_is_worked_out() -> None:
    drawn = [box.text for box in record().boxes]
    assert drawn.count("-2") == 1


def test_a_hundred_and_fifty_pots_and_a_hundred_and_thirty_arrivals_lose_nothing() -> None:
    sheet = long_day(150, 130)
    printed = draw_production_records((sheet,), lang="zh")
    assert_tidy(printed)
    whole = text_of(printed)
    for number in range(150):
        assert f"第{number + 1}号菜" in whole
        assert f"甲{number}号、乙{number}号" in whole
    assert all(f"第{number + 1}站食堂" in whole for number in range(130))
    assert printed.shortened == ()
    assert printed.pages > 10
    assert f"第{printed.pages}/{printed.pages}页" in whole


def test_a_section_is_named_again_on_every_page_it_reaches() -> None:
    printed = draw_production_records((long_day(150, 130),), lang="zh")
    heads = ("锅次", "食品留样", "送达", "日常检查", "损耗", "本日记录")
    for page in range(2, printed.pages + 1):
        top = [box for box in printed.boxes if box.page == page and 20 < box.y < 32]
        assert any(box.text.startswith(heads) for box in top)


@pytest.mark.parametrize("arrivals", range(100, 130, 3))
def test_a_sum_is_never_alone_on_its_page(arrivals: int) -> None:
    printed = draw_production_records((long_day(7, arrivals),), lang="zh")
    pages = {box.text: box.page for box in printed.boxes}
    assert pages["合计"] == pages["南瓜皮瓤"]


def test_a_pot_and_its_lots_stay_on_one_page() -> None:
    printed = draw_production_records((long_day(150, 5),), lang="zh")
    dishes = {box.text: box for box in printed.boxes if re.fullmatch(r"第\d+号菜", box.text)}
    lots = [box for box in printed.boxes if box.text.startswith("批号：")]
    assert len(lots) == len(dishes) == 150
    for box in lots:
        number = int(re.search(r"甲(\d+)号", box.text).group(1))  # type: ignore[union-attr]
        dish = dishes[f"第{number + 1}号菜"]
        assert dish.page == box.page
        assert 0 < box.y - dish.y < 9


def test_a_very_long_list_of_lots_and_a_long_reason_are_whole() -> None:
    lots = tuple(f"2026101{number % 10}-{number:05d}" for number in range(150))
    sheet = kitchen.production_record("zh")
    pots = (replace(sheet.pots[0], lots=lots), *sheet.pots[1:])
    waste = (replace(sheet.waste[0], reason="因为停电" * 60), *sheet.waste[1:])
    action = "重新加热并复测" * 40
    deviations = (replace(sheet.deviations[0], action=action), *sheet.deviations[1:])
    printed = record(pots=pots, waste=waste, deviations=deviations)
    whole = text_of(printed)
    drawn = squeezed("".join(box.text for box in printed.boxes))
    assert all(lot in drawn for lot in lots)
    assert "因为停电" * 60 in whole
    assert action in whole
    assert printed.shortened == ()
    assert_tidy(printed)


def test_two_kitchens_count_their_own_pages() -> None:
    sheets = (kitchen.production_record(), kitchen.empty_record())
    printed = draw_production_records(sheets, lang="zh")
    first = draw_production_records(sheets[:1], lang="zh").pages
    assert printed.pages == first + 1
    assert f"第{first}/{first}页" in text_of(printed)
    assert "第1/1页" in text_of(printed)


@pytest.mark.parametrize("total", ["total_planned", "total_made", "waste_fen"])
def test_a_record_whose_totals_do_not_add_up_is_not_printed(total: str) -> None:
    with pytest.raises(TotalMismatch) as refused:
        record(**{total: 1})
    assert refused.value.total == total


def test_prints_of_nothing_are_refused_by_name() -> None:
    for draw, nothing in (
        (draw_production_records, ()),
        (draw_wall_menus, ()),
        (draw_wall_menus, (replace(kitchen.wall_menu(), days=()),)),
        (draw_sample_labels, SampleLabels(MADE_AT, ())),
    ):
        with pytest.raises(NothingToPrint):
            draw(nothing, lang="zh")  # type: ignore[operator]


@pytest.mark.parametrize("lang", LANGS)
def test_every_dish_and_allergen_and_word_of_the_week_is_on_the_wall(lang: str) -> None:
    menu = kitchen.wall_menu(lang)
    printed = wall(lang)
    whole = text_of(printed)
    for day in menu.days:
        for piece in (*day.words, *(dish.name for dish in day.dishes)):
            assert squeezed(piece) in whole, piece
        for dish in day.dishes:
            assert all(squeezed(sign) in whole for sign in dish.allergens)
    for text in (menu.site, menu.kitchen, menu.price, menu.address, menu.note):
        assert squeezed(text) in whole
    soft = Words(wall_grid.TEXTS, lang)["soft"]
    drawn = [box.text for box in printed.boxes]
    assert drawn.count(soft) == sum(dish.soft for day in menu.days for dish in day.dishes)
    assert drawn.count(Words(wall_grid.TEXTS, lang)["closed"]) == 1
    assert sum(text.endswith("*") for text in drawn) == 2 * sum(
        day.estimated and bool(day.dishes) for day in menu.days
    )


def dish_sizes(printed: Printed, names: set[str]) -> set[float]:
    return {round(box.height, 3) for box in printed.boxes if box.text in names}


@pytest.mark.parametrize(("days", "least_mm"), [(7, 9.0), (5, 11.0)])
def test_dishes_are_large_and_the_same_in_every_column(days: int, least_mm: float) -> None:
    menu = kitchen.wall_menu("zh", days)
    printed = draw_wall_menus((menu,), lang="zh")
    sizes = dish_sizes(printed, {dish.name for day in menu.days for dish in day.dishes})
    assert len(sizes) == 1
    assert min(sizes) / 1.16 >= least_mm  # height of a sign: what is read from three metres


def test_courses_stand_in_one_row_through_the_week() -> None:
    printed = wall()
    tops = {box.text: box.y for box in printed.boxes}
    assert tops["蒜蓉菠菜"] == tops["手撕包菜"] == tops["上海青"]
    assert tops["素菜"] == pytest.approx(tops["上海青"], abs=3)


def test_without_courses_each_day_runs_down_its_own_column() -> None:
    menu = kitchen.wall_menu()
    days = tuple(
        replace(day, dishes=tuple(replace(dish, course="") for dish in day.dishes))
        for day in menu.days
    )
    printed = wall(days=days)
    assert_tidy(printed)
    assert "蒜蓉菠菜" in text_of(printed)


def crowded(times: int, allergens: tuple[str, ...] = ("大豆",)) -> tuple[WallDay, ...]:
    monday = date(2026, 11, 23)
    return tuple(
        WallDay(
            monday + timedelta(days=number),
            tuple(
                WallDish(f"第{number}天第{place}道时令菜肴", f"第{place}类", allergens, soft=True)
                for place in range(times)
            ),
            600,
            ("高蛋白",),
            estimated=False,
        )
        for number in range(7)
    )


@pytest.mark.parametrize(
    ("times", "allergens"), [(5, ALLERGENS), (12, ("大豆", "蛋类")), (1, ALLERGENS)]
)
def test_a_crowded_week_is_set_smaller_and_loses_nothing(
    times: int, allergens: tuple[str, ...]
) -> None:
    printed = wall(days=crowded(times, allergens))
    assert_tidy(printed)
    whole = text_of(printed)
    for number in range(7):
        for place in range(times):
            assert f"第{number}天第{place}道时令菜肴" in whole
    for sign in allergens:
        assert whole.count(sign) >= 7 * times
    assert printed.shortened == ()


def test_one_crowded_day_does_not_make_the_others_small() -> None:
    menu = kitchen.wall_menu()
    heavy = crowded(6, ALLERGENS)[2]
    printed = wall(days=(*menu.days[:2], heavy, *menu.days[3:]))
    assert_tidy(printed)
    plain = dish_sizes(printed, {dish.name for dish in menu.days[4].dishes})
    full = dish_sizes(printed, {dish.name for dish in heavy.dishes})
    assert min(plain) > max(full)
    assert printed.shortened == ()


def test_a_week_that_has_no_room_is_refused_rather_than_shortened() -> None:
    with pytest.raises(DoesNotFit):
        wall(days=crowded(20, ALLERGENS))


def test_an_allergen_is_not_broken_over_two_lines() -> None:
    printed = wall(days=crowded(3, ALLERGENS))
    for sign in ALLERGENS:
        assert any(sign in box.text for box in printed.boxes)
        assert sum(box.text.count(sign) for box in printed.boxes) >= 21


@pytest.mark.parametrize("lang", LANGS)
def test_no_word_of_a_dish_is_broken(lang: str) -> None:
    menu = kitchen.wall_menu(lang)
    drawn = " ".join(box.text for box in wall(lang).boxes)
    for day in menu.days:
        for dish in day.dishes:
            assert all(word in drawn for word in re.findall(r"[A-Za-z]+", dish.name))


def test_the_code_on_the_wall_is_the_address_and_without_one_there_is_none() -> None:
    menu = kitchen.wall_menu()
    assert codes_on(wall(), 1, 5) == {menu.address}
    bare = wall(address="", note="", price="", kitchen="")
    assert codes_on(bare, 1, 5) == set()
    assert "扫码" not in text_of(bare)
    assert_tidy(bare)


@pytest.mark.parametrize("lang", LANGS)
def test_a_week_without_a_meal_and_a_single_day_are_drawn(lang: str) -> None:
    menu = kitchen.wall_menu(lang)
    closed = wall(lang, days=tuple(replace(day, dishes=()) for day in menu.days))
    assert [box.text for box in closed.boxes].count(Words(wall_grid.TEXTS, lang)["closed"]) == 7
    single = wall(lang, days=menu.days[:1])
    for printed in (closed, single):
        assert_tidy(printed)
        assert printed.pages == 1


def test_more_than_seven_days_are_refused() -> None:
    days = crowded(1)
    with pytest.raises(ColumnMismatch):
        wall(days=(*days, days[0]))


def test_a_week_over_new_year_names_the_years_rightly() -> None:
    days = tuple(replace(day, day=day.day + timedelta(days=35)) for day in kitchen.wall_menu().days)
    assert "2026年12月28日—1月3日" in text_of(wall(days=days))
    assert "28Dec–3Jan2027" in text_of(wall("en", days=days))


def test_two_sites_are_two_pages() -> None:
    menus: tuple[WallMenu, ...] = (kitchen.wall_menu(), replace(kitchen.wall_menu(), site="尧山村"))
    printed = draw_wall_menus(menus, lang="zh")
    assert printed.pages == 2
    assert any(box.page == 2 and box.text == "尧山村" for box in printed.boxes)


def test_every_sample_label_carries_its_own_code_at_the_printers_resolution() -> None:
    labels = kitchen.sample_labels("zh", count=8)
    printed = draw_sample_labels(labels, lang="zh")
    assert printed.pages == 8
    for number, label in enumerate(labels.labels, start=1):
        assert codes_on(printed, number, 8) == {label.sample_id}  # 203 dots an inch


@pytest.mark.parametrize("lang", LANGS)
def test_the_hour_until_which_a_sample_is_kept_is_the_largest_text_after_the_dish(
    lang: str,
) -> None:
    printed = labelled(lang)
    largest = sorted(printed.boxes, key=lambda box: -box.height)
    dish = squeezed(kitchen.sample_label(lang).dish)
    names = [box for box in largest if squeezed(box.text) in dish and len(box.text) > 1]
    others = [box for box in largest if box not in names]
    assert {"zh": "保留至 11-25 10:40", "en": "Keep until 11-25 10:40"}[lang] == others[0].text
    assert min(box.height for box in names) >= others[0].height
    assert others[0].height > 1.3 * others[1].height


def test_what_is_not_given_on_a_sample_label_is_said() -> None:
    printed = labelled(sample_id="", by="", taken_at="", keep_until="", kitchen="", dish="")
    assert codes_on(printed, 1, 10) == set()
    assert text_of(printed).count("未填") == 5
    assert_tidy(printed)


def test_a_long_dish_and_a_long_number_are_whole_on_the_label() -> None:
    dish = "红烧肉末豆腐配时令鲜蔬浓汁特别版（软食、低盐、去骨、无糖）"
    number = "0b0f6c5e-7d5a-4c39-9d8e-3f5a4c1b2e77"
    printed = labelled(dish=dish, sample_id=number)
    assert dish in text_of(printed)
    assert number in [box.text for box in printed.boxes]
    assert codes_on(printed, 1, 8) == {number}
    assert_tidy(printed)
    with pytest.raises(DoesNotFit):
        labelled(dish=dish * 6)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_neither_overlaps_nor_stops_a_print(text: str) -> None:
    sheet = kitchen.production_record()
    pots = (
        replace(sheet.pots[0], dish=text, equipment=text, by=text, note=text, lots=(text, text)),
        *sheet.pots[1:],
    )
    deviations = (replace(sheet.deviations[0], kind=text, subject=text, action=text, by=text),)
    menu = kitchen.wall_menu()
    dish = replace(menu.days[0].dishes[0], name=text, allergens=(text,), course=text)
    days = (replace(menu.days[0], dishes=(dish,), words=(text,)), *menu.days[1:])
    draws: tuple[Callable[[], Printed], ...] = (
        lambda: record(
            kitchen=text, licence=text, pots=pots, deviations=deviations, closed_by=text
        ),
        lambda: wall(site=text, kitchen=text, price=text, note=text, days=days),
        lambda: labelled(dish=text[:40], kitchen=text, by=text, taken_at=text),
    )
    for draw in draws:
        assert_tidy(draw())


def measure(part: str) -> float:
    """A sign of one em is a third of a millimetre wide at one point, as a Chinese one is; others half."""
    return sum(0.35 if ord(sign) > 0x2E7F else 0.18 for sign in part)


def test_smaller_type_is_preferred_to_a_broken_word() -> None:
    found = fit("Breakfast and more", (14.0, 40.0), Style(10.5, 8.0), measure)
    assert found.lines == ("Breakfast", "and more")
    assert found.size_pt < 10.5
    hopeless = fit("Pneumonoultramicroscopic words", (14.0, 40.0), Style(10.5, 8.0), measure)
    assert hopeless.size_pt == 10.5
    assert "".join(hopeless.lines).replace(" ", "") == "Pneumonoultramicroscopicwords"


def test_a_name_is_broken_where_it_reads_best() -> None:
    canvas = Canvas(A4, made_at=MADE_AT, title="x", lang="zh")
    style = Style(30, 30, strong=True)
    assert canvas.fit_name("清蒸鲈鱼（去骨）", 68, style=style).lines == ("清蒸鲈鱼", "（去骨）")
    assert len(canvas.fit_name("番茄炒鸡蛋", 43, style=style).lines[-1]) > 1
    assert canvas.fit_name("粥", 43, style=style).lines == ("粥",)


def test_a_note_stays_with_its_row_and_a_heading_with_its_table() -> None:
    canvas = Canvas(A4, made_at=MADE_AT, title="x", lang="zh")
    flow = Flow(canvas, words=Words({}, "zh"), head=Head("t", "s", "r"), made_at=MADE_AT)
    flow.skip(flow.rest - 24)
    table = Table((Column("c", 1),), (("row",),), notes=(Note("理由" * 200, loud=True),))
    flow.section("heading", table)
    printed = flow.finish()
    pages = {box.text: box.page for box in printed.boxes}
    assert pages["heading"] == pages["row"] == pages["c"] == 2
    assert "理由" * 200 in text_of(printed)
