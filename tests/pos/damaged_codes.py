"""What can happen to the digits of any form of card code between the print and the reader."""

import random
from collections.abc import Callable


def digits(number: bytes, width: int = 49) -> str:
    return str(int.from_bytes(number, "big")).zfill(width)


def raw(code: str) -> bytes:
    return int(code).to_bytes({49: 20, 200: 83}[len(code)], "big")


def one_digit(rng: random.Random, code: str) -> str:
    place = rng.randrange(len(code))
    return code[:place] + str((int(code[place]) + rng.randint(1, 9)) % 10) + code[place + 1 :]


def two_digits(rng: random.Random, code: str) -> str:
    return one_digit(rng, one_digit(rng, code))


def many_digits(rng: random.Random, code: str) -> str:
    for _ in range(rng.randint(3, 12)):
        code = one_digit(rng, code)
    return code


def neighbours_swapped(rng: random.Random, code: str) -> str:
    place = rng.randrange(len(code) - 1)
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def any_two_swapped(rng: random.Random, code: str) -> str:
    i, j = sorted(rng.sample(range(len(code)), 2))
    return code[:i] + code[j] + code[i + 1 : j] + code[i] + code[j + 1 :]


def truncated(rng: random.Random, code: str) -> str:
    cut = rng.randint(1, len(code))
    return code[cut:] if rng.random() < 0.5 else code[:-cut]


def extended(rng: random.Random, code: str) -> str:
    more = rng.choice(("0", "\n", "\r\n", " ", "\x00", code, str(rng.randrange(10**6))))
    return more + code if rng.random() < 0.5 else code + more


def one_lost_one_gained(rng: random.Random, code: str) -> str:
    place = rng.randrange(len(code))
    return code[:place] + code[place + 1 :] + rng.choice("0123456789")


def shifted(rng: random.Random, code: str) -> str:
    turn = rng.randrange(1, len(code))
    return code[turn:] + code[:turn]


def other_numerals(rng: random.Random, code: str) -> str:
    """Full-width, Arabic-Indic, Devanagari, mathematical digits: ``int`` would read them all."""
    zero = rng.choice((0xFF10, 0x0660, 0x0966, 0x1D7CE))
    places = range(len(code)) if rng.random() < 0.3 else rng.sample(range(len(code)), 2)
    return "".join(chr(zero + int(c)) if i in places else c for i, c in enumerate(code))


def strange_character(rng: random.Random, code: str) -> str:
    place = rng.randrange(len(code))
    return code[:place] + rng.choice("+-_ .eExlO\t\n\x00²①一é\ud800\U0001f600") + code[place + 1 :]


def wrapped_around(rng: random.Random, code: str) -> str:
    """The same bytes again above the largest number: a reader that cuts would take it."""
    span = 2 ** (8 * len(raw(code)))
    times = rng.randint(1, (10 ** len(code) - 1 - int(code)) // span)
    return str(int(code) + times * span)


def random_digits(rng: random.Random, code: str) -> str:
    return str(rng.randrange(10 ** len(code))).zfill(len(code))


def one_bit(rng: random.Random, code: str) -> str:
    number = raw(code)
    flipped = int.from_bytes(number, "big") ^ (1 << rng.randrange(8 * len(number)))
    return str(flipped).zfill(len(code))


def random_bytes_after_the_head(rng: random.Random, code: str) -> str:
    number, kept = raw(code), rng.choice((1, 2, 5))
    return digits(number[:kept] + rng.randbytes(len(number) - kept), len(code))


MUTATIONS: tuple[Callable[[random.Random, str], str], ...] = (
    one_digit,
    two_digits,
    many_digits,
    neighbours_swapped,
    any_two_swapped,
    truncated,
    extended,
    one_lost_one_gained,
    shifted,
    other_numerals,
    strange_character,
    wrapped_around,
    random_digits,
    one_bit,
    random_bytes_after_the_head,
)
