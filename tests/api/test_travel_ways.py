"""Stored ways between sites: imported, fetched, learned, shown, and used by the planner."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlmodel import Session, col

from api import clock
from api.commands import travel as travel_commands
from api.database import Database
from api.day.dispatch import KitchenRun, build_problem, kitchen_runs
from api.failures import BadRequest, NotFound
from api.house import House
from api.imports.running import Report
from api.secrets import Secrets
from api.settings import Settings
from api.tables import AuditBlock
from api.travel.importing import COLUMNS, SENTENCES, TravelWish, import_ways
from api.travel.running import fetch_ways, forget_ways, learn_ways, read_ways
from api.travel.stored import StoredLeg, save_legs, stored_legs, travel_layers
from api.verify import verify
from kitchen.day_tables import PackLine, RouteStop
from kitchen.dispatch import DispatchRules, Drop, Van
from kitchen.kinds import MealPeriod, SiteKind, StopOutcome
from kitchen.kinds import Position as Sureness
from kitchen.tables import County, Site, SiteMeal, Township, TravelOrigin, TravelTime
from routing.errors import TravelServiceDown
from routing.travel import HILL_COUNTY, Position, TravelTable, UnknownPair, straight_line_table
from routing.travel_layers import Leg, Pair

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "travel.md"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = date(2026, 11, 20)
PLACED = {
    "K01": (119.690873, 29.797064),
    "P001": (119.62, 29.83),
    "P002": (119.534, 29.88),
    "P009": (None, None),
    "K02": (119.3, 29.7),
}
NAMES = {"K01": "县中央厨房", "P001": "阳山畈", "P002": "天英", "P009": "山上", "K02": "邻镇厨房"}
AREA = ["K01", "P001", "P002"]


@pytest.fixture
def county(database: Database) -> Database:
    """Two kitchens, two meal points with coordinates, one without."""
    with database.write(actor="test", action="test.county") as session:
        session.add(County(code="330122", name="桐庐县", outline=[], source="test"))
        session.flush()
        session.add(
            Township(code="T", county_code="330122", name="横村镇", lat=29.8, lon=119.6, source="t")
        )
        session.flush()
        for site_id, (lon, lat) in PLACED.items():
            kitchen = site_id if site_id.startswith("K") else "K01"
            session.add(
                Site(
                    site_id=site_id, name=NAMES[site_id], kind=SiteKind.SENIOR_CANTEEN,
                    county_code="330122", township_code="T", kitchen_id=kitchen, lat=lat, lon=lon,
                    position=Sureness.NONE, valid_from=date(2024, 1, 1),
                )
            )  # fmt: skip
        session.flush()
        for site_id in ("P001", "P002"):
            session.add(
                SiteMeal(
                    site_id=site_id, period=MealPeriod.LUNCH, weekdays="1111111",
                    arrive_from_s=36_900, arrive_by_s=40_500, serve_until_s=45_000,
                    set_price_fen=1, short_cost_fen=1, waste_cost_fen=1,
                )
            )  # fmt: skip
    return database


def store(
    database: Database, origin: TravelOrigin, ways: dict[Pair, Leg], **how: Any
) -> tuple[int, int, int, int]:
    legs = {pair: StoredLeg(leg, "test") for pair, leg in ways.items()}
    with database.write(actor="test", action="test.ways") as session:
        saved = save_legs(session, origin, legs, now=NOW, **how)
    return saved.added, saved.changed, saved.kept, saved.removed


def stored(database: Database) -> dict[tuple[str, str, str], tuple[int | None, int | None]]:
    with database.read() as session:
        rows = session.scalars(sa.select(TravelTime)).all()
    return {
        (r.from_site_id, r.to_site_id, str(r.origin)): (r.metres, r.seconds) for r in rows
    }  # fmt: skip


def sources(database: Database) -> dict[Pair, str]:
    return {pair: source for pair, _leg, source in read_ways(database, ["K01"])[1].pairs()}


class Answers:
    """A travel source that knows what it is told to."""

    name = "osrm"

    def __init__(self, unreachable: Sequence[Pair] = (), unknown: Sequence[Pair] = ()) -> None:
        self.unreachable, self.unknown = tuple(unreachable), tuple(unknown)
        self.asked: list[list[str]] = []

    def table(self, positions: Sequence[Position]) -> TravelTable:
        places = [position.place for position in positions]
        self.asked.append(places)
        closed = {*self.unreachable, *self.unknown}
        grid = tuple(
            tuple(None if (a, b) in closed else 100 * i + 10 * j for j, b in enumerate(places))
            for i, a in enumerate(places)
        )
        unknown = tuple(UnknownPair(a, b, "far_from_road") for a, b in self.unknown)
        return TravelTable(grid, grid, self.unreachable, unknown)


def list_file(folder: Path, text: str, name: str = "ways.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def brought_in(database: Database, path: Path, **how: Any) -> Report:
    return import_ways(database, TravelWish(path, **how), now=NOW)


def test_without_stored_ways_every_pair_is_the_straight_line(county: Database) -> None:
    area, ways = read_ways(county, ["K01"])
    assert area.places == AREA
    assert area.unplaced == ("P009",)
    assert ways.table == straight_line_table(area.positions, HILL_COUNTY)
    assert ways.counts() == {"STRAIGHT_LINE": 6}


def test_the_county_comes_before_the_sheets_and_those_before_the_engine(county: Database) -> None:
    pair = ("K01", "P001")
    for place, origin in enumerate(reversed(TravelOrigin), start=1):
        store(county, origin, {pair: Leg(place, place)})
        with county.read() as session:
            assert travel_layers(session, AREA).ask(read_ways(county, ["K01"])[0].positions)
        assert sources(county)[pair] == str(origin)
    assert sources(county)["P001", "K01"] == "STRAIGHT_LINE"


def test_ways_that_are_stored_again_change_stay_or_go_and_the_chain_follows(
    county: Database,
) -> None:
    first = {("K01", "P001"): Leg(1, 1), ("P001", "K01"): Leg(2, 2), ("K01", "P002"): Leg(3, 3)}
    assert store(county, TravelOrigin.FETCHED, first) == (3, 0, 0, 0)
    store(county, TravelOrigin.GIVEN, {("K01", "P001"): Leg(9, 9)})
    second = {("K01", "P001"): Leg(1, 1), ("P001", "K01"): Leg(None, None)}
    done = store(county, TravelOrigin.FETCHED, second, instead_of=AREA)
    assert done == (0, 1, 1, 1)
    assert stored(county) == {
        ("K01", "P001", "FETCHED"): (1, 1),
        ("P001", "K01", "FETCHED"): (None, None),
        ("K01", "P001", "GIVEN"): (9, 9),
    }
    assert verify(county).findings == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"metres": 1, "seconds": None},
        {"metres": -1, "seconds": 1},
        {"to_site_id": "K01"},
        {"origin": "GUESSED"},
        {"to_site_id": "X99"},
    ],
)
def test_the_table_itself_refuses_what_must_never_stand_in_it(
    county: Database, wrong: dict[str, Any]
) -> None:
    row: dict[str, Any] = {
        "from_site_id": "K01", "to_site_id": "P001", "origin": TravelOrigin.GIVEN, "metres": 1,
        "seconds": 1, "stored_at": NOW,
    }  # fmt: skip
    with (
        pytest.raises(sa.exc.IntegrityError),
        county.write(actor="test", action="test.bad") as session,
    ):
        session.add(TravelTime(**(row | wrong)))


def test_a_list_of_the_county_is_stored_and_a_second_one_corrects_it(
    county: Database, tmp_path: Path
) -> None:
    text = "起点,终点,米,秒,可通行,备注\n县中央厨房,P001,7100,601,,\nP001,天英,,,否,塌方\n"
    report = brought_in(county, list_file(tmp_path, text))
    assert (report.rows, report.good, report.written, report.exit_code) == (2, 2, 2, 0)
    assert [note.code for note in report.warnings] == ["unknown_column"]
    brought_in(county, list_file(tmp_path, "from,to,metres,seconds\nK01,P001,7000,590\n"))
    assert stored(county) == {
        ("K01", "P001", "GIVEN"): (7000, 590), ("P001", "P002", "GIVEN"): (None, None),
    }  # fmt: skip
    assert read_ways(county, ["K01"])[1].table.unreachable == (("P001", "P002"),)
    assert verify(county).findings == ()


def test_a_list_leaves_the_pairs_it_does_not_name(county: Database, tmp_path: Path) -> None:
    head = "origin,destination,distance_m,duration_s\n"
    brought_in(county, list_file(tmp_path, head + "K01,P001,5,5\n"))
    brought_in(county, list_file(tmp_path, head + "P001,K01,6,6\n"))
    assert stored(county) == {("K01", "P001", "GIVEN"): (5, 5), ("P001", "K01", "GIVEN"): (6, 6)}


def test_a_way_keeps_the_moment_at_which_it_last_changed(county: Database) -> None:
    def stored_at() -> datetime:
        with county.read() as session:
            return session.scalars(sa.select(col(TravelTime.stored_at))).one()

    def save(seconds: int, now: datetime) -> None:
        with county.write(actor="test", action="test.ways") as session:
            legs = {("K01", "P001"): StoredLeg(Leg(5, seconds), "test")}
            save_legs(session, TravelOrigin.GIVEN, legs, now=now)

    later = NOW + timedelta(days=1)
    for seconds, now, expected in ((5, NOW, NOW), (5, later, NOW), (6, later, later)):
        save(seconds, now)
        assert stored_at() == expected


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("K01,P001,,,", ["figures_needed"]),
        ("K01,P001,5,,", ["figures_needed"]),
        ("K01,P001,,5,是", ["figures_needed"]),
        ("K01,P001,5,5,否", ["closed_with_figures"]),
        ("K01,P001,5,5,也许", ["not_yes_no"]),
        ("K01,K01,5,5,", ["same_site"]),
        ("K01,X99,5,5,", ["unknown_site"]),
        (",P001,5,5,", ["merged_cell"]),
        ("K01,P001,-5,5,", ["negative"]),
        ("K01,P001,5,1.5,", ["fractional"]),
        ("K01,P001,five,5,", ["not_a_number"]),
        ("K01,P001,1000001,86400,", ["out_of_range", "out_of_range"]),
        ("K01,P002,5,5,", ["duplicate_in_file"]),
        ("X,Y,-1,x,?", ["unknown_site", "unknown_site", "negative", "not_a_number", "not_yes_no"]),
        ("K01,P001,5,5,,7", ["extra_cell"]),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_all_its_reasons(
    county: Database, tmp_path: Path, row: str, codes: list[str]
) -> None:
    head = "origin,destination,distance_m,duration_s,passable\nK01,P002,9,9,\n"
    path = list_file(tmp_path, f"{head}{row}\n")
    report = brought_in(county, path)
    assert [one.code for one in report.problems] == codes
    assert {one.line for one in report.problems} == {3}
    assert (report.good, report.bad, report.written, report.exit_code) == (1, 1, 0, 1)
    assert stored(county) == {}
    assert brought_in(county, path, keep_good=True).written == 1
    assert list(stored(county)) == [("K01", "P002", "GIVEN")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_file"),
        ("origin,destination,distance_m\nK01,P001,5\n", "missing_column"),
        ("origin,from,destination,distance_m,duration_s\nK01,K01,P001,5,5\n", "double_column"),
        ("origin,destination,distance_m,duration_s\n", "no_rows"),
        ('origin,destination,distance_m,duration_s\n"K01,P001,5,5\n', "broken_quotes"),
    ],
)
def test_a_list_that_cannot_be_read_says_why_and_changes_nothing(
    county: Database, tmp_path: Path, text: str, code: str
) -> None:
    report = brought_in(county, list_file(tmp_path, text))
    assert [one.code for one in report.problems] == [code]
    assert report.exit_code == 2


def test_a_dry_run_judges_and_writes_nothing(county: Database, tmp_path: Path) -> None:
    path = list_file(tmp_path, "origin,destination,distance_m,duration_s\nK01,P001,5,5\n")
    assert brought_in(county, path, dry_run=True).written == 0
    assert stored(county) == {}


def test_the_how_to_lists_every_column_and_every_code_of_the_list() -> None:
    lines = HOW_TO.read_text(encoding="utf-8").splitlines()
    for column in COLUMNS:
        also = ", ".join(f"`{alias}`" for alias in column.aliases)
        needed = "yes" if column.required else ""
        start = f"| `{column.name}` | {column.title} | {also} | {needed} |"
        assert any(line.startswith(start) for line in lines), start
    for code, (zh, en) in SENTENCES.items():
        assert f"| `{code}` | {zh} | {en} |" in lines


def test_a_service_fills_the_table_and_what_it_does_not_know_falls_through(
    county: Database,
) -> None:
    source = Answers(unreachable=[("P001", "P002")], unknown=[("P002", "P001")])
    fetched = fetch_ways(county, ["K01"], source, now=NOW)
    assert source.asked == [AREA]
    assert (fetched.driven, fetched.saved.added) == (4, 5)
    assert fetched.unreachable == (("P001", "P002"),)
    assert fetched.unknown == (UnknownPair("P002", "P001", "far_from_road"),)
    assert fetched.unplaced == ("P009",)
    found = sources(county)
    assert found["P002", "P001"] == "STRAIGHT_LINE"
    assert found["P001", "P002"] == found["K01", "P001"] == "FETCHED"
    assert read_ways(county, ["K01"])[1].table.unreachable == (("P001", "P002"),)


def test_fetching_again_replaces_what_was_fetched_and_nothing_else(county: Database) -> None:
    store(county, TravelOrigin.GIVEN, {("K01", "P001"): Leg(7, 7)})
    fetch_ways(county, ["K01"], Answers(), now=NOW)
    later = NOW + timedelta(days=1)
    again = fetch_ways(county, ["K01"], Answers(unknown=[("K01", "P002")]), now=later)
    assert (again.saved.added, again.saved.kept, again.saved.removed) == (0, 5, 1)
    assert ("K01", "P001", "GIVEN") in stored(county)
    assert ("K01", "P002", "FETCHED") not in stored(county)
    assert verify(county).findings == ()


def test_kitchens_that_are_named_together_get_the_ways_between_their_sites(
    county: Database,
) -> None:
    source = Answers()
    fetch_ways(county, ["K01", "K02", "K01"], source, now=NOW)
    assert source.asked == [["K01", "K02", "P001", "P002"]]
    assert ("K02", "P001", "FETCHED") in stored(county)
    assert forget_ways(county, ["K02"], TravelOrigin.FETCHED, now=NOW) == 0
    assert forget_ways(county, ["K01"], TravelOrigin.FETCHED, now=NOW) == 6
    assert len(stored(county)) == 6


def test_a_service_that_fails_leaves_the_stored_ways_as_they_were(county: Database) -> None:
    class Down(Answers):
        def table(self, positions: Sequence[Position]) -> TravelTable:
            raise TravelServiceDown("osrm", "http://h", 4, "HTTP 500")

    fetch_ways(county, ["K01"], Answers(), now=NOW)
    before = stored(county)
    with pytest.raises(TravelServiceDown):
        fetch_ways(county, ["K01"], Down(), now=NOW)
    assert stored(county) == before


def test_only_a_kitchen_with_two_placed_sites_can_be_asked_for(county: Database) -> None:
    for name in ("P001", "X99"):
        with pytest.raises(NotFound):
            fetch_ways(county, [name], Answers(), now=NOW)
    with pytest.raises(BadRequest):
        fetch_ways(county, ["K02"], Answers(), now=NOW)


def run_of(database: Database, day: date, records: dict[str, int | None], **changes: Any) -> None:
    """A run K01 -> P001 -> P002 whose outcomes were recorded at these seconds of the day."""
    with database.write(actor="test", action="test.sheet") as session:
        for sequence, (site_id, recorded_s) in enumerate(records.items(), start=1):
            row: dict[str, Any] = {
                "site_id": site_id, "day": day, "period": MealPeriod.LUNCH, "kitchen_id": "K01",
                "route_no": 1, "sequence": sequence, "vehicle_id": "V1", "depart_s": 36_000,
                "arrive_s": 37_000, "arrive_by_s": 40_500, "boxes": 1, "loaded": 10, "received": 10,
                "outcome": StopOutcome.DELIVERED, "arrival_temp_dc": 650,
                "recorded_at": None if recorded_s is None else clock.at(day, recorded_s),
            }  # fmt: skip
            session.add(RouteStop(**(row | changes.get(site_id, {}))))


def learned(database: Database, **how: Any) -> Any:
    return learn_ways(database, ["K01"], now=NOW, **{"prior_legs": 5, **how})


def test_past_sheets_draw_a_pair_towards_what_was_driven(county: Database) -> None:
    store(county, TravelOrigin.FETCHED, {("P001", "P002"): Leg(22_000, 1_800)})
    for back in range(5):
        run_of(county, DAY - timedelta(days=back), {"P001": 37_000, "P002": 37_000 + 200 + 2_400})
    done = learned(county)
    (time,) = done.learned.times
    assert (time.origin, time.destination, time.legs) == ("P001", "P002", 5)
    assert (time.assumed_s, time.median_s, time.seconds) == (1_800, 2_400, 2_100)
    assert done.reasons == {"departure_not_recorded": 5}
    assert stored(county)["P001", "P002", "LEARNED"] == (22_000, 2_100)
    assert sources(county)["P001", "P002"] == "LEARNED"
    assert sources(county)["P002", "P001"] == "STRAIGHT_LINE"


def test_only_the_days_asked_for_are_learned_from_and_older_learning_is_replaced(
    county: Database,
) -> None:
    run_of(county, DAY, {"P001": 37_000, "P002": 38_500})
    assert learned(county).saved.added == 1
    none = learned(county, days=(DAY + timedelta(days=1), DAY + timedelta(days=9)))
    assert none.learned.times == ()
    assert none.saved.removed == 1
    assert stored(county) == {}


def test_a_trial_learning_stores_nothing(county: Database) -> None:
    run_of(county, DAY, {"P001": 37_000, "P002": 38_500})
    done = learned(county, dry_run=True)
    assert done.saved is None
    assert len(done.learned.times) == 1
    assert stored(county) == {}


@pytest.mark.parametrize(
    ("records", "changes", "reason"),
    [
        ({"P001": 37_000, "P002": None}, {}, "not_recorded"),
        ({"P001": 37_000, "P002": 90_000}, {}, "recorded_on_another_day"),
        ({"P001": 37_000, "P002": 37_001}, {}, "not_positive"),
        ({"P001": 37_000, "P002": 80_000}, {}, "over_3_times_assumed"),
        ({"P001": 37_000, "P002": 37_210}, {}, "under_a_third_of_assumed"),
        ({"P001": 37_000, "P002": 38_500}, {"P002": {"arrive_s": 36_899}}, "waited_for_window"),
        (
            {"P001": 37_000, "P002": 38_500},
            {"P001": {"outcome": StopOutcome.NOT_REACHED, "received": 0}},
            "not_reached",
        ),
    ],
)
def test_a_sheet_that_says_nothing_of_the_road_is_counted_by_its_reason(
    county: Database, records: dict[str, int | None], changes: dict[str, Any], reason: str
) -> None:
    run_of(county, DAY, records, **changes)
    done = learned(county)
    assert done.learned.times == ()
    assert done.reasons == {"departure_not_recorded": 1, reason: 1}
    assert f"`{reason}`" in HOW_TO.read_text(encoding="utf-8")


def test_what_the_county_gave_is_not_learned_anew(county: Database) -> None:
    store(county, TravelOrigin.GIVEN, {("P001", "P002"): Leg(1, 1)})
    run_of(county, DAY, {"P001": 37_000, "P002": 38_500})
    assert learned(county).reasons == {"departure_not_recorded": 1, "given_by_county": 1}


def test_meals_across_the_counter_are_no_run(county: Database) -> None:
    counter = {"route_no": 0, "sequence": 0, "vehicle_id": None}
    run_of(county, DAY, {"P001": 37_000, "P002": 38_500}, P001=counter, P002=counter)
    assert learned(county).reasons == {}


def test_what_is_forgotten_gives_way_to_the_next_source(county: Database) -> None:
    fetch_ways(county, ["K01"], Answers(), now=NOW)
    store(county, TravelOrigin.GIVEN, {("K01", "P001"): Leg(7, 7)})
    assert forget_ways(county, ["K01"], TravelOrigin.GIVEN, now=NOW) == 1
    assert sources(county)["K01", "P001"] == "FETCHED"
    assert forget_ways(county, ["K01"], TravelOrigin.FETCHED, now=NOW) == 6
    assert stored(county) == {}
    assert verify(county).findings == ()


def test_every_writing_stands_in_the_chain_under_its_name(county: Database, tmp_path: Path) -> None:
    fetch_ways(county, ["K01"], Answers(), now=NOW)
    run_of(county, DAY, {"P001": 37_000, "P002": 37_400})
    learned(county)
    brought_in(
        county, list_file(tmp_path, "origin,destination,distance_m,duration_s\nK01,P001,5,5\n")
    )
    forget_ways(county, ["K01"], TravelOrigin.FETCHED, now=NOW)
    with county.read() as session:
        query = sa.select(col(AuditBlock.action)).order_by(col(AuditBlock.seq))
        actions = [one for one in session.scalars(query) if one.startswith("travel.")]
    assert actions == ["travel.fetch", "travel.learn", "travel.import", "travel.forget"]


def test_the_planner_of_a_day_uses_the_stored_ways(county: Database) -> None:
    store(county, TravelOrigin.GIVEN, {("K01", "P001"): Leg(7_100, 601)})
    store(county, TravelOrigin.FETCHED, {("P001", "P002"): Leg(None, None)})
    with county.write(actor="test", action="test.pack") as session:
        for site_id in ("P001", "P002"):
            session.add(
                PackLine(
                    site_id=site_id, day=DAY, period=MealPeriod.LUNCH, variant="",
                    kitchen_id="K01", quantity=20,
                )
            )  # fmt: skip
    with county.read() as session:
        (work,) = kitchen_runs(session, DAY)
    work = with_a_van(work)
    problem = build_problem(work, DAY, work.drops)
    guess = straight_line_table(read_ways(county, ["K01"])[0].positions, HILL_COUNTY)
    assert (problem.distance_m[0][1], problem.duration_s[0][1]) == (7_100, 601)
    assert problem.duration_s[1][2] is None
    assert problem.duration_s[1][0] == guess.duration_s[1][0]
    assert problem.duration_s[2] == guess.duration_s[2]


def with_a_van(work: KitchenRun) -> KitchenRun:
    van = Van("V1", "van", 20, 0, 100, narrow_ok=True, shift_from_s=0, shift_to_s=86_000)
    return KitchenRun(
        work.kitchen, work.period, work.own, work.drops, (van,), work.rules, work.travel
    )


def test_stored_ways_of_other_places_are_not_read(county: Database) -> None:
    store(county, TravelOrigin.GIVEN, {("K01", "K02"): Leg(1, 1), ("K01", "P001"): Leg(2, 2)})
    with county.read() as session:
        assert list(stored_legs(session, AREA)[TravelOrigin.GIVEN]) == [("K01", "P001")]


Run = Callable[..., Result]


@pytest.fixture
def command(
    county: Database, keys: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs `nuanzao travel` on the small county."""
    house = House(Settings(tmp_path, "sqlite://", "en", travel_service="osrm"), county, keys)
    monkeypatch.setattr(travel_commands, "open_house", lambda: house)
    monkeypatch.setattr(travel_commands, "chosen_service", lambda *_: Answers([("P001", "P002")]))

    def run(*words: object) -> Result:
        return CliRunner().invoke(travel_commands.COMMAND, [str(word) for word in words])

    return run


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_fetched_table_is_shown_with_its_closed_pairs_by_name(command: Run) -> None:
    assert "P001 → P002" in command("fetch", "--kitchen", "K01").stdout
    shown = command("show", "--kitchen", "K01", "--pairs").stdout
    assert "FETCHED" in shown
    assert "✗ P001 阳山畈 → P002 天英: no way" in shown
    assert "! P009 山上: no coordinates" in shown
    answer = said(command("show", "--kitchen", "K01", "--pairs", "--json"))
    assert answer["sources"] == {"FETCHED": 6}
    assert answer["unreachable"] == [["P001", "P002"]]
    assert len(answer["pairs"]) == 6


def test_what_show_writes_is_a_list_that_import_reads_back(command: Run, tmp_path: Path) -> None:
    command("fetch", "--kitchen", "K01")
    path = tmp_path / "ways.csv"
    before = said(command("show", "--kitchen", "K01", "--out", path, "--pairs", "--json"))
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert len(rows) == 6
    assert {row["source"] for row in rows} == {"FETCHED"}
    report = said(command("import", path, "--json"))
    assert (report["good"], report["bad"], report["written"]) == (6, 0, 6)
    after = said(command("show", "--kitchen", "K01", "--pairs", "--json"))
    assert after["sources"] == {"GIVEN": 6}
    ways = [[{**one, "source": ""} for one in answer["pairs"]] for answer in (before, after)]
    assert ways[0] == ways[1]


def test_the_import_ends_with_zero_one_or_two(command: Run, tmp_path: Path) -> None:
    head = "origin,destination,distance_m,duration_s\n"
    good = list_file(tmp_path, head + "K01,P001,5,5\n", "good.csv")
    bad = list_file(tmp_path, head + "K01,P001,5,\n", "bad.csv")
    assert command("import", good).exit_code == 0
    refused = command("import", bad)
    assert refused.exit_code == 1
    assert "passable" in refused.stdout
    assert command("import", list_file(tmp_path, "", "none.csv")).exit_code == 2


def test_learning_and_forgetting_are_told_in_figures(command: Run, county: Database) -> None:
    run_of(county, DAY, {"P001": 37_000, "P002": 38_500})
    assert "departure_not_recorded" in command("learn", "--kitchen", "K01", "--dry-run").stdout
    answer = said(command("learn", "--kitchen", "K01", "--since", DAY, "--until", DAY, "--json"))
    assert answer["saved"]["added"] == 1
    assert answer["reasons"] == {"departure_not_recorded": 1}
    assert "1 new" not in command("learn", "--kitchen", "K01").stdout
    gone = said(command("forget", "--kitchen", "K01", "--origin", "LEARNED", "--json"))
    assert gone["removed"] == 1
    assert "0 removed" in command("forget", "--kitchen", "K01", "--origin", "GIVEN").stdout


def test_a_drop_that_the_stored_ways_cut_off_is_named_by_the_planner(county: Database) -> None:
    closed = {(a, "P002"): Leg(None, None) for a in ("K01", "P001")}
    store(county, TravelOrigin.GIVEN, closed)
    with county.read() as session:
        layers = travel_layers(session, AREA)
    drops = tuple(
        Drop(one, 20, PLACED[one][1], PLACED[one][0], narrow_road=False, arrive_from_s=36_900, arrive_by_s=40_500)
        for one in ("P001", "P002")
    )  # fmt: skip
    with county.read() as session:
        kitchen = session.get_one(Site, "K01")
    work = KitchenRun(kitchen, MealPeriod.LUNCH, (), drops, (), DispatchRules(), layers)
    problem = build_problem(with_a_van(work), DAY, drops)
    assert [row[2] for row in problem.duration_s] == [None, None, 0]


def test_a_reader_session_sees_the_ways_that_were_stored(county: Database) -> None:
    store(county, TravelOrigin.GIVEN, {("K01", "P001"): Leg(5, 6)})

    def leg(session: Session) -> Leg:
        row = session.get_one(TravelTime, ("K01", "P001", TravelOrigin.GIVEN))
        return Leg(row.metres, row.seconds)

    with county.read() as session:
        assert leg(session) == Leg(5, 6)
