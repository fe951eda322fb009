"""Every print in both languages: readable back, inside its page, nothing over anything, the same for ever."""

from dataclasses import replace

import pytest

from printing.card_face import draw_cards, draw_cards_10_up
from printing.claim_statement import draw_claim_statement
from printing.closing_sheet import draw_closing_sheet
from printing.day_summary import differences, draw_day_summary
from printing.errors import (
    BadCardCode,
    ColumnMismatch,
    DoesNotFit,
    NothingToPrint,
    TotalMismatch,
    WrongOrder,
)
from printing.fonts import GETA
from printing.label import draw_meal_label_sheet, draw_meal_labels
from printing.packing_list import draw_packing_list
from printing.printed import Printed
from printing.production_sheet import draw_production_sheet
from printing.purchase_list import draw_purchase_list
from printing.route_sheet import draw_route_sheet, draw_route_sheets
from printing.sheets import CardFaces, MealLabels, RouteSheet
from tests.printing import sheet_samples as samples
from tests.printing.print_gallery import PRINTS
from tests.printing.print_pictures import picture
from tests.printing.print_reading import HOSTILE, LANGS, RARE, assert_tidy, codes_on, text_of


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[str, str], Printed]:
    return {(name, lang): PRINTS[name][0](lang) for name in PRINTS for lang in LANGS}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", PRINTS)
def test_every_text_lies_on_its_page_and_over_no_other(
    drawn: dict[tuple[str, str], Printed], name: str, lang: str
) -> None:
    assert_tidy(drawn[name, lang])


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", PRINTS)
def test_every_text_can_be_read_out_of_the_file_again(
    drawn: dict[tuple[str, str], Printed], name: str, lang: str
) -> None:
    printed = drawn[name, lang]
    whole = text_of(printed)
    for box in printed.boxes:
        assert "".join(box.text.split()) in whole, box.text
    assert printed.missing_glyphs == ()
    assert printed.shortened == ()


@pytest.mark.parametrize("name", PRINTS)
def test_the_same_values_give_the_same_bytes(
    drawn: dict[tuple[str, str], Printed], name: str
) -> None:
    assert PRINTS[name][0]("zh").pdf == drawn[name, "zh"].pdf


@pytest.mark.parametrize("name", PRINTS)
def test_a_rendered_page_has_ink_on_it(drawn: dict[tuple[str, str], Printed], name: str) -> None:
    image = picture(drawn[name, "zh"].pdf, 1, pixels_per_mm=2)
    low, high = image.getextrema()
    assert low < 60
    assert high > 240


def test_both_sides_of_a_card_decode_at_200_dots_an_inch() -> None:
    faces = samples.card_faces("zh", count=6)
    printed = draw_cards(faces, lang="zh")
    assert printed.pages == 12
    for number, card in enumerate(faces.cards):
        for side in (1, 2):
            assert codes_on(printed, 2 * number + side, 200 / 25.4) == {card.code}


def test_ten_cards_on_a_page_decode_and_each_back_lies_behind_its_front() -> None:
    faces = samples.card_faces("zh", count=12)
    printed = draw_cards_10_up(faces, lang="zh")
    assert printed.pages == 4
    codes = [card.code for card in faces.cards]
    for page, wanted in ((1, codes[:10]), (2, codes[:10]), (3, codes[10:]), (4, codes[10:])):
        assert codes_on(printed, page, 200 / 25.4) == set(wanted)
    front = {b.text: b for b in printed.boxes if b.page == 1 and b.text == faces.cards[0].number}
    back = {b.text: b for b in printed.boxes if b.page == 2 and b.text == faces.cards[0].number}
    assert front[faces.cards[0].number].x < 105 < back[faces.cards[0].number].x


def test_every_label_and_every_stop_carries_its_own_code() -> None:
    labels = samples.meal_labels("zh", count=21)
    assert codes_on(draw_meal_label_sheet(labels, lang="zh"), 1, 10) == {
        label.qr for label in labels.labels
    }
    sheet = samples.route_sheet("zh")
    printed = draw_route_sheet(sheet, lang="zh")
    found = set().union(*(codes_on(printed, page + 1, 8) for page in range(printed.pages)))
    assert found == {stop.nav_url for stop in sheet.stops}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_neither_overlaps_nor_vanishes(text: str) -> None:
    stop = samples.stop(1, "zh")
    hostile = replace(stop, site=text, door_note=text, contact=text)
    stops = (hostile, *(samples.stop(n, "zh") for n in (2, 3)))
    sheets = [
        draw_route_sheet(samples.route_of(stops, driver=text, depot=text), lang="zh"),
        draw_meal_labels(
            MealLabels(samples.MADE_AT, (samples.meal_label(bearer=text, site=text),)), lang="zh"
        ),
        draw_closing_sheet(
            replace(samples.closing_sheet("zh"), site=text, closed_by=text), lang="zh"
        ),
        draw_packing_list(replace(samples.packing_list("zh"), kitchen=text), lang="zh"),
        draw_cards(
            CardFaces(
                samples.MADE_AT,
                (replace(samples.card_faces("zh", count=1).cards[0], name=text, issuer=text),),
            ),
            lang="zh",
        ),
    ]
    for printed in sheets:
        assert_tidy(printed)
        if printed.missing_glyphs:
            assert GETA in text_of(printed)


def test_the_rare_characters_of_names_are_drawn() -> None:
    label = samples.meal_label(bearer=RARE)
    printed = draw_meal_labels(MealLabels(samples.MADE_AT, (label,)), lang="zh")
    assert printed.missing_glyphs == ()
    assert RARE in text_of(printed)
    box = next(b for b in printed.boxes if b.text == RARE)
    image = picture(printed.pdf, 1, pixels_per_mm=10)
    each = box.width / len(RARE)
    for number in range(len(RARE)):
        left = (box.x + number * each) * 10
        part = image.crop(
            (int(left), int(box.y * 10), int(left + each * 10), int((box.y + box.height) * 10))
        )
        dark = sum(part.histogram()[:128])
        assert dark > 0.03 * part.width * part.height


def test_what_no_font_draws_is_named_and_marked() -> None:
    label = samples.meal_label(bearer="😀")
    printed = draw_meal_labels(MealLabels(samples.MADE_AT, (label,)), lang="zh")
    assert printed.missing_glyphs == ("😀",)
    assert GETA in text_of(printed)


def test_sixty_stops_take_the_pages_they_need_and_lose_none() -> None:
    stops = tuple(
        replace(samples.stop(1 + n % 5, "zh"), sequence=n + 1, site=f"第{n + 1}站食堂")
        for n in range(60)
    )
    printed = draw_route_sheet(samples.route_of(stops), lang="zh")
    assert_tidy(printed)
    whole = text_of(printed)
    assert all(f"第{n + 1}站食堂" in whole for n in range(60))


def test_missing_optional_fields_leave_a_sheet_that_is_still_right() -> None:
    bare = replace(
        samples.stop(1, "zh"), arrive_by=None, contact="", phone="", door_note="", nav_url=""
    )
    assert_tidy(draw_route_sheet(samples.route_of((bare,)), lang="en"))
    summary = replace(samples.day_summary("zh"), money=(), exceptions=(), audit_head="")
    assert_tidy(draw_day_summary(summary, lang="zh"))


def test_totals_that_do_not_add_up_are_not_printed() -> None:
    wrong: list[tuple[object, object]] = [
        (draw_route_sheet, replace(samples.route_sheet("zh"), total_meals=1)),
        (draw_route_sheet, replace(samples.route_sheet("zh"), total_boxes=1)),
        (draw_production_sheet, replace(samples.production_sheet("zh"), total_portions=1)),
        (draw_purchase_list, replace(samples.purchase_list("zh"), total_cost_fen=1)),
        (draw_packing_list, replace(samples.packing_list("zh"), total_boxes=1)),
        (draw_closing_sheet, replace(samples.closing_sheet("zh"), takings_fen=1)),
        (draw_claim_statement, replace(samples.claim_statement("zh"), claim_fen=1)),
        (draw_claim_statement, replace(samples.claim_statement("zh"), total_meals=1)),
    ]
    for draw, sheet in wrong:
        with pytest.raises(TotalMismatch):
            draw(sheet, lang="zh")  # type: ignore[operator]


def test_a_claim_whose_columns_do_not_fit_its_funders_is_refused() -> None:
    statement = samples.claim_statement("zh")
    with pytest.raises(ColumnMismatch):
        draw_claim_statement(replace(statement, claimed_from=("无名",)), lang="zh")


def test_empty_sheets_unordered_stops_and_bad_codes_are_refused_by_name() -> None:
    sheet = samples.route_sheet("zh")
    with pytest.raises(NothingToPrint):
        draw_route_sheets((), lang="zh")
    with pytest.raises(NothingToPrint):
        draw_meal_labels(MealLabels(samples.MADE_AT, ()), lang="zh")
    backwards: RouteSheet = replace(sheet, stops=sheet.stops[::-1])
    with pytest.raises(WrongOrder):
        draw_route_sheet(backwards, lang="zh")
    face = samples.card_faces("zh", count=1).cards[0]
    for code in ("12", "x" * 49, "\uff11" * 49):
        with pytest.raises(BadCardCode):
            draw_cards(CardFaces(samples.MADE_AT, (replace(face, code=code),)), lang="zh")


def test_allergens_that_have_no_room_are_refused_rather_than_shortened() -> None:
    label = samples.meal_label(allergens=tuple(f"过敏原第{n}号" for n in range(60)))
    with pytest.raises(DoesNotFit):
        draw_meal_labels(MealLabels(samples.MADE_AT, (label,)), lang="zh")


def test_the_day_on_one_page_names_what_nobody_explains() -> None:
    summary = samples.day_summary("zh")
    assert differences(summary.meals) == [0, 0, 0, 2, 0]
    assert "不明差额" in text_of(draw_day_summary(summary, lang="zh"))
