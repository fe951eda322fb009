"""Age in completed years (周岁) and what a resident identity number tells."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pos.errors import BornAfter, IdNumberMalformed

# GB 11643-1999, 4.2.5 with ISO 7064 MOD 11-2: weight of digit i is 2**(17 - i) mod 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)


class Sex(StrEnum):
    """Sex as the identity number states it."""

    MALE = "MALE"
    FEMALE = "FEMALE"


@dataclass(frozen=True, slots=True)
class IdFacts:
    """What an identity number tells: the six-digit area of first registration, birth date, sex."""

    area_code: str
    birth_date: date
    sex: Sex


def age_on(birth_date: date, day: date) -> int:
    """Completed years on a day; the birthday itself counts as a completed year.

    Who was born on 29 February turns a year older on 1 March of a common year. Both are policy
    assumptions: the sources say 周岁 and name no hour (criminal law counts from the day after).

    Raises:
        BornAfter: ``day`` lies before the birth date.
    """
    if day < birth_date:
        raise BornAfter(birth_date, day)
    before_birthday = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - before_birthday


def birthday_reaching(birth_date: date, age: int) -> date:
    """First day on which ``age_on`` gives ``age`` completed years.

    Raises:
        ValueError: the year leaves the calendar (after 9999).
    """
    year = birth_date.year + age
    if (birth_date.month, birth_date.day) == (2, 29) and not _is_leap(year):
        return date(year, 3, 1)
    return birth_date.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def id_check_character(first_17: str) -> str:
    """Check character (0-9 or X) of the first seventeen digits; GB 11643-1999, ISO 7064 MOD 11-2.

    Raises:
        IdNumberMalformed: not seventeen ASCII digits.
    """
    if len(first_17) != 17 or not (first_17.isascii() and first_17.isdigit()):
        raise IdNumberMalformed("shape")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def read_id_number(id_number: str) -> IdFacts:
    """Facts of an 18-character resident identity number; a small ``x`` at its end is accepted.

    The old 15-digit form ended on 2013-01-01 and is refused as "shape".

    Raises:
        IdNumberMalformed: fault "shape", "birth_date" or "check_character".
    """
    text = id_number.upper()
    if _SHAPE.fullmatch(text) is None:
        raise IdNumberMalformed("shape")
    if id_check_character(text[:17]) != text[17]:
        raise IdNumberMalformed("check_character")
    try:
        birth_date = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise IdNumberMalformed("birth_date") from None
    sex = Sex.MALE if int(text[16]) % 2 else Sex.FEMALE
    return IdFacts(area_code=text[:6], birth_date=birth_date, sex=sex)


def mask_id_number(id_number: str) -> str:
    """``330122********1234``: area and the last four characters, the birth date hidden.

    A text of another length is hidden whole, because what it holds is not known.
    """
    if len(id_number) != 18:
        return "*" * len(id_number)
    return f"{id_number[:6]}********{id_number[14:]}"
