"""Files as people send them: encodings, separators, workbooks, damage."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from api.imports import readers
from tests.api.import_lists import (
    codes,
    csv_file,
    csv_text,
    id_number,
    judged,
    noted,
    person,
    written,
    xlsx_file,
    xlsx_rows,
)

TEXT = csv_text([person()])
HEADERS = list(person())
CELLS = list(person().values())


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        csv_text([person()], separator=";").encode(),
        csv_text([person()], separator="\t").encode("gb18030"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r").encode(),
        ("sep=;\r\n" + csv_text([person()], separator=";")).encode(),
    ],
    ids=["utf8", "bom", "gb18030", "utf16", "semicolon", "tab", "unix", "mac", "sep-hint"],
)
def test_a_text_list_is_read_in_every_usual_form(tmp_path: Path, content: bytes) -> None:
    report = judged("people", written(tmp_path / "list.csv", content))
    assert (report.rows, report.good, report.problems) == (1, 1, ())


def test_a_rare_character_of_gb18030_survives(tmp_path: Path) -> None:
    rows = csv_text([person(姓名="㛃䶮𠅤")]).encode("gb18030")
    assert judged("people", written(tmp_path / "list.csv", rows)).good == 1


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"\r\n ,,\r\n\r\n", "empty_file"),
        ("a.csv", TEXT.splitlines()[0].encode(), "no_rows"),
        ("a.csv", TEXT.encode()[:40] + b"\0" + TEXT.encode()[40:], "nul_bytes"),
        ("a.csv", b"\xff\x00\xff\xff\x80" * 50, "nul_bytes"),
        ("a.csv", b"\xff\xff\x80\x81\xff" * 50, "not_text"),
        ("a.csv", TEXT.encode()[:-6] + b"\xe6\x99" + TEXT.encode()[-6:], "damaged_utf8"),
        ("a.csv", b"\xef\xbb\xbf\xff\xff" + TEXT.encode("gb18030"), "damaged_utf8"),
        ("a.csv", b"\xff\xfe\x00\xd8" * 9, "not_text"),
        ("a.csv", b"PK\x03\x04 a workbook under another name", "wrong_extension"),
        ("a.csv", b"\xd0\xcf\x11\xe0 an old workbook", "wrong_extension"),
        ("a.xlsx", TEXT.encode(), "not_xlsx"),
        ("a.xlsx", b"PK\x03\x04" + b"\x13" * 200, "not_xlsx"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0 xls", "wrong_extension"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("a.xls", TEXT.encode(), "wrong_extension"),
        ("a.pdf", b"%PDF-1.7", "wrong_extension"),
        ("list", TEXT.encode(), "wrong_extension"),
        ("a.csv", TEXT.encode() + '"王,1\n'.encode(), "broken_quotes"),
        ("a.csv", TEXT.encode() + '"王"桂,1\n'.encode(), "broken_quotes"),
        ("a.csv", b"1,2,3\r\n4,5,6\r\n", "missing_column"),
        ("a.csv", TEXT.replace("本地户籍", "族别").encode(), "missing_column"),
        ("a.csv", TEXT.replace("纬度", "姓名").encode(), "double_column"),
        ("a.csv", TEXT.replace("纬度", "老人姓名").encode(), "double_column"),
    ],
)
def test_an_unusable_file_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: bytes, fault: str
) -> None:
    report = judged("people", written(tmp_path / name, content))
    assert fault in codes(report)
    assert report.exit_code == 2
    assert report.rows == report.good == report.bad == report.blank == report.written == 0


def test_a_quote_left_open_names_the_line_where_its_row_begins(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", TEXT.encode() + '"王,1\nx,y\n'.encode())
    assert judged("people", path).problems[0].line == 3


def test_the_limit_of_rows_is_kept_and_named(tmp_path: Path) -> None:
    rows = [person(身份证号=id_number(order=n)) for n in range(1, 12)]
    path = csv_file(tmp_path, rows)
    assert judged("people", path, row_limit=11).good == 11
    report = judged("people", path, row_limit=10)
    assert codes(report) == ["too_many_rows"]
    assert report.problems[0].line == 12
    assert "10" in report.problems[0].zh
    assert readers.ROW_LIMIT == 200_000


def test_the_limit_of_rows_does_not_count_blank_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", (TEXT + ",,,\r\n" * 500).encode())
    report = judged("people", path, row_limit=1)
    assert (report.rows, report.good, report.blank) == (501, 1, 500)


def test_a_giant_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "FILE_LIMIT_MB", 0)
    assert codes(judged("people", csv_file(tmp_path, [person()]))) == ["too_large"]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.imports.workbook.UNPACKED_LIMIT_MB", 1)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (3 << 20))
    assert codes(judged("people", path)) == ["too_large"]


def test_blank_lines_and_a_title_above_the_header_are_counted_and_named(tmp_path: Path) -> None:
    text = f"桐庐县老年人名册,,\r\n\r\n{TEXT}\r\n　, ,\r\n"
    report = judged("people", written(tmp_path / "a.csv", text.encode()))
    assert (report.rows, report.good, report.blank) == (3, 1, 2)
    assert [(said.code, said.line) for said in report.warnings] == [("title_line", 1)]


def test_an_unknown_column_is_named_and_not_read(tmp_path: Path) -> None:
    report = judged("people", csv_file(tmp_path, [person(民族="畲族")]))
    assert noted(report) == ["unknown_column"]
    assert report.warnings[0].value == "民族"


def test_a_cell_without_a_header_makes_its_row_bad(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", TEXT.rstrip("\r\n").encode() + ",错位\r\n".encode())
    assert codes(judged("people", path)) == ["extra_cell"]


def test_headers_are_found_whatever_their_blanks_stars_and_notes(tmp_path: Path) -> None:
    text = TEXT.replace("姓名", " * 姓　名（必填）").replace("身份证号", "ID_Number")
    assert judged("people", written(tmp_path / "a.csv", text.encode())).good == 1


def test_lines_are_numbered_as_an_editor_shows_them(tmp_path: Path) -> None:
    rows = [person(门口说明="后门\n按铃"), person(姓名="", 身份证号=id_number(order=5))]
    report = judged("people", csv_file(tmp_path, rows))
    assert [(said.line, said.code) for said in report.problems] == [(4, "missing")]


def test_a_workbook_gives_excel_dates_numbers_and_booleans(tmp_path: Path) -> None:
    rows = [
        person(出生日期=date(1950, 3, 1), 电话=13800000000, 纬度=29.85, 经度=119.55, 本地户籍=True),
        person(出生日期=18688, 身份证号=id_number("19510301", 3), 本地户籍=1),
        person(出生日期=19520301, 身份证号=id_number("19520301", 3), 本地户籍=0),
    ]
    report = judged("people", xlsx_rows(tmp_path / "a.xlsx", rows))
    assert (report.good, report.problems) == (3, ())


def test_the_second_sheet_is_read_when_it_is_named(tmp_path: Path) -> None:
    def fill(workbook: Any, first: Any) -> None:
        first.write_row(0, 0, ["说明"])
        second = workbook.add_worksheet("老人 & 名册")
        second.write_row(2, 1, HEADERS)
        second.write_row(3, 1, CELLS)

    path = xlsx_file(tmp_path / "a.xlsx", fill)
    assert judged("people", path, sheet="老人 & 名册").good == 1
    missing = judged("people", path, sheet="名单")
    assert codes(missing) == ["unknown_sheet"]
    assert "老人 & 名册" in missing.problems[0].zh


def test_a_workbook_without_a_worksheet_is_unusable(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = xlsxwriter.Workbook(str(path))
    chart = workbook.add_chart({"type": "line"})
    hidden = workbook.add_worksheet("数")
    hidden.write_row(0, 0, [1, 2])
    chart.add_series({"values": "=数!$A$1:$B$1"})
    workbook.add_chartsheet("图").set_chart(chart)
    workbook.close()
    assert codes(judged("people", path, sheet="图")) == ["unknown_sheet"]
    assert codes(judged("people", path)) == ["missing_column"] * 6


def test_merged_cells_are_reported_on_every_line_they_cover(tmp_path: Path) -> None:
    def fill(workbook: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, len(HEADERS) - 1, "名册")
        sheet.write_row(1, 0, HEADERS)
        for at in range(3):
            cells = person(身份证号=id_number(order=2 * at + 1))
            sheet.write_row(2 + at, 0, list(cells.values()))
        sheet.merge_range(2, 2, 4, 2, "横村镇")

    report = judged("people", xlsx_file(tmp_path / "a.xlsx", fill))
    said = [(one.line, one.column, one.code) for one in report.problems]
    assert said == [(4, "township", "merged_cell"), (5, "township", "merged_cell")]
    assert (report.rows, report.good, report.bad) == (3, 1, 2)


def test_an_empty_place_below_a_filled_one_is_taken_for_a_merged_cell_in_csv(
    tmp_path: Path,
) -> None:
    rows = [person(), person(村="", 身份证号=id_number(order=5))]
    assert codes(judged("people", csv_file(tmp_path, rows))) == ["merged_cell"]


def test_formula_errors_and_uncalculated_formulas_do_not_pass_as_empty_cells(
    tmp_path: Path,
) -> None:
    def fill(workbook: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, [*HEADERS, "电话"])
        for at in range(1, 4):
            cells = person(身份证号=id_number(order=2 * at + 1))
            sheet.write_row(at, 0, list(cells.values()))
        sheet.write_formula(1, 8, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 8, '="138"&"00000000"', None, "13800000000")
        sheet.write_formula(3, 8, "=A1&B1", None, "SECRET")

    path = xlsx_file(tmp_path / "a.xlsx", fill)
    _drop_cached_value(path, b"<v>SECRET</v>")
    report = judged("people", path)
    assert [(said.line, said.code) for said in report.problems] == [
        (2, "excel_error"),
        (4, "formula"),
    ]
    assert report.problems[0].value == "#DIV/0!"


def _drop_cached_value(path: Path, value: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert value in parts[name]
    parts[name] = parts[name].replace(value, b"")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def test_a_damaged_workbook_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    content = xlsx_rows(tmp_path / "whole.xlsx", [person()]).read_bytes()
    for length in range(10, len(content), len(content) // 12):
        report = judged("people", written(tmp_path / "cut.xlsx", content[:length]))
        assert codes(report) == ["not_xlsx"]


def test_a_workbook_with_flipped_bytes_never_breaks_the_reader(tmp_path: Path) -> None:
    content = bytearray(xlsx_rows(tmp_path / "whole.xlsx", [person()]).read_bytes())
    for at in range(40, len(content), 97):
        damaged = bytearray(content)
        damaged[at] ^= 0x55
        report = judged("people", written(tmp_path / "bad.xlsx", bytes(damaged)))
        assert report.rows == report.good + report.bad + report.blank
