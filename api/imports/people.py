"""Deciding a list of people: who may enter the register, and why others may not."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from api.imports.cells import Fault, as_code
from api.imports.columns import Header
from api.imports.decisions import Decision, Firsts, decide_rows, next_numbers
from api.imports.facts import Facts
from api.imports.lookup import Places
from api.imports.rows import RowReader
from api.imports.sheet import Sheet
from api.imports.words import CARE_WORDS, HARDSHIP_WORDS, SEX_WORDS, STATE_WORDS, diet_variant
from pos.age import IdFacts, age_on, read_id_number
from pos.errors import IdNumberMalformed
from pos.kinds import CareLevel, Hardship, SeniorState

_ID_FAULTS = {
    "shape": "id_shape",
    "check_character": "id_check_digit",
    "birth_date": "id_birth_date",
}
# Law of the People's Republic on the rights of older persons, article 2.
_OLDER_PERSON = 60


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A good row of people; the ID number is in the clear until it is written, and never in a repr."""

    line: int
    senior_id: str
    name: str
    sex: str
    birth_date: date
    id_number: str = field(repr=False)
    township_code: str
    village_code: str
    site_id: str
    resident: bool
    hardship: Hardship
    care_level: CareLevel
    lives_alone: bool
    diet: str
    phone: str
    door_note: str
    lat: float | None
    lon: float | None
    state: SeniorState
    state_since: date | None


def decide_people(
    sheet: Sheet, header: Header, facts: Facts, *, today: date, hash_id: Callable[[str], str]
) -> Decision[PersonRow]:
    """Judge a list of people.

    Args:
        sheet: the list.
        header: where its columns are.
        facts: places, codes and hashes in use.
        today: the business day; birth dates lie before it.
        hash_id: the keyed hash under which ID numbers are stored.
    """
    judge = _Judge(facts, today, hash_id)
    decision = decide_rows(sheet, header, judge)
    given = {row.senior_id for row in decision.good}
    give = next_numbers("P", facts.ids | given, 6)
    numbered = tuple(
        row if row.senior_id else replace(row, senior_id=give()) for row in decision.good
    )
    return replace(decision, good=numbered)


class _Judge:
    """Judges rows one after the other; remembers codes and ID numbers it has met."""

    def __init__(self, facts: Facts, today: date, hash_id: Callable[[str], str]) -> None:
        self._facts, self._today, self._hash = facts, today, hash_id
        self._places = Places(facts)
        self._codes, self._numbers = Firsts(), Firsts()

    def __call__(self, row: RowReader) -> PersonRow | None:
        """The person of a row, or None with problems noted."""
        senior_id = self._senior_id(row)
        name = _name(row)
        id_number, told = self._identity(row)
        born, sex = self._birth_date(row, told), _sex(row, told)
        township = self._places.township(row)
        village = self._places.village(row, township)
        site = self._places.site(row, "site")
        lat, lon = self._places.position(row, township)
        state, since = self._state(row)
        rest = _Rest.read(row)
        # Every cell is read before the verdict: a row lists all that is wrong with it.
        if row.problems or not (born and township and village and site):
            return None
        _note(row, born=born, has_position=lat is not None, today=self._today)
        return PersonRow(
            line=row.line, senior_id=senior_id, name=name, sex=sex, birth_date=born,
            id_number=id_number, township_code=township.code, village_code=village.code,
            site_id=site.site_id, resident=rest.resident, hardship=rest.hardship,
            care_level=rest.care_level, lives_alone=rest.lives_alone, diet=rest.diet,
            phone=rest.phone, door_note=rest.door_note, lat=lat, lon=lon,
            state=state, state_since=since,
        )  # fmt: skip

    def _senior_id(self, row: RowReader) -> str:
        senior_id = row.code("senior_id", 20)
        if senior_id in self._facts.ids:
            row.refuse("senior_id", "already_stored")
        self._codes.meet(row, "senior_id", senior_id)
        return senior_id

    def _identity(self, row: RowReader) -> tuple[str, IdFacts | None]:
        """The ID number and what it tells; None when it cannot be."""
        number = read_id_cell(row)
        if not number:
            return "", None
        try:
            told = read_id_number(number)
        except IdNumberMalformed as error:
            is_old = error.fault == "shape" and len(number) == 15 and number.isdigit()
            row.refuse("id_number", "id_15_digits" if is_old else _ID_FAULTS[error.fault])
            return "", None
        if not date(1900, 1, 1) <= told.birth_date <= self._today:
            row.refuse("id_number", "id_birth_date")
        if self._hash(number) in self._facts.hashes:
            row.refuse("id_number", "already_stored")
        self._numbers.meet(row, "id_number", number)
        return number, told

    def _birth_date(self, row: RowReader, told: IdFacts | None) -> date | None:
        said = row.past_day("birth_date", self._today)
        if told is None:
            return said
        if said and said != told.birth_date and not row.is_bad("birth_date"):
            row.refuse("birth_date", "birth_contradicts_id")
        return told.birth_date

    def _state(self, row: RowReader) -> tuple[SeniorState, date | None]:
        state = row.word("state", STATE_WORDS) or SeniorState.ACTIVE
        since = row.past_day("state_since", self._today)
        if state is not SeniorState.ACTIVE and since is None and not row.is_bad("state_since"):
            row.refuse("state_since", "since_needed")
        return state, since


@dataclass(frozen=True, slots=True)
class _Rest:
    """The columns that stand for themselves."""

    resident: bool
    hardship: Hardship
    care_level: CareLevel
    lives_alone: bool
    diet: str
    phone: str
    door_note: str

    @classmethod
    def read(cls, row: RowReader) -> "_Rest":
        """Read them; an empty one takes the value that gives no right to anything."""
        return cls(
            resident=row.flag("resident"),
            hardship=row.word("hardship", HARDSHIP_WORDS) or Hardship.NONE,
            care_level=row.word("care_level", CARE_WORDS) or CareLevel.ABLE,
            lives_alone=row.flag("lives_alone"),
            diet=_diet(row),
            phone=row.phone("phone"),
            door_note=row.text("door_note"),
        )


def read_id_cell(row: RowReader) -> str:
    """The ID number of a row in capital half-width characters; empty when refused or not given."""
    number = row.code("id_number", 30)
    return "" if row.is_bad("id_number") else number.upper()


def _name(row: RowReader) -> str:
    """A name; blanks that only spread two or three characters are taken out."""
    name = " ".join(row.text("name").split())
    return name if name.isascii() else name.replace(" ", "")


def _sex(row: RowReader, told: IdFacts | None) -> str:
    said = row.word("sex", SEX_WORDS)
    if told and said and said is not told.sex:
        row.refuse("sex", "sex_contradicts_id")
    return str(told.sex) if told else ""


def _diet(row: RowReader) -> str:
    if not row.has("diet"):
        return ""
    text = as_code(row.cell("diet"), 200)
    variant = text if isinstance(text, Fault) else diet_variant(text)
    if isinstance(variant, Fault):
        row.refuse("diet", variant.code, variant.detail)
        return ""
    return variant


def _note(row: RowReader, *, born: date, has_position: bool, today: date) -> None:
    if not has_position:
        row.warn("lat", "no_position")
    if age_on(born, today) < _OLDER_PERSON:
        row.warn("birth_date", "under_60")
