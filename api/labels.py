"""Words for stored codes, and how numbers and times are written on pages."""

import re
from datetime import datetime

from api import clock
from api.book_words import BOOK_FAULTS
from api.errors import REFUSALS, TEXTS, refusal
from api.safety_words import SAFETY_LABELS
from api.settlement_words import SETTLEMENT_LABELS
from api.words import LABELS
from kitchen.book_rows import BookFault
from pos.money import format_yuan
from pos.policy import FIELDS

WORDS: dict[str, tuple[str, str]] = {**SETTLEMENT_LABELS, **SAFETY_LABELS, **LABELS}
PREFIXES = ("production_", "batch_", "no_route_", "diet_", "unmade_", "allergen:")


def label(code: object, lang: str) -> str:
    """The word for a stored code; an unknown code stays as it is, so that nothing hides."""
    if isinstance(code, bool):
        return WORDS["true" if code else "false"][lang == "en"]
    text = str(code)
    if text in WORDS:
        return WORDS[text][lang == "en"]
    if text in REFUSALS or text in TEXTS:
        return refusal(text, {}).in_lang(lang)
    head, _, number = text.rpartition("-")
    if head in WORDS and number.isdecimal():  # WOK-2
        return f"{label(head, lang)} {number}"
    stage, _, part = text.partition(".")
    if stage in WORDS and part in WORDS:  # record.LUNCH
        return f"{label(stage, lang)} · {label(part, lang)}"
    fault = text.removeprefix("dish_book_")
    if fault != text and fault in set(BookFault):
        return BOOK_FAULTS[BookFault(fault)][lang == "en"]
    bare = next((text.removeprefix(p) for p in PREFIXES if text.startswith(p)), "")
    return label(bare, lang) if bare in WORDS else text


def rule_name(rule: str, lang: str) -> str:
    """What a policy calls the rule ``tiers[1].pay_percent``; a rule of no policy stays as it is."""
    field = FIELDS.get(re.sub(r"\[\d+\]", "", rule))
    if field is None:
        return rule
    return field.en.partition(":")[0] if lang == "en" else field.zh


def diet(variant: str, lang: str) -> str:
    """A plate's variant, ``SOFT+without:fish``, in words; what has no word stays as it is."""
    words = (variant or "STANDARD").split("+")
    return (", " if lang == "en" else "、").join(label(word, lang) for word in words)


def yuan(amount_fen: int) -> str:
    """An amount such as ``12.50``."""
    return format_yuan(amount_fen)


def hour(seconds: int) -> str:
    """Seconds after midnight as ``11:05``."""
    minutes = seconds // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def clock_time(at: datetime) -> str:
    """A stored moment as Shanghai time of day, ``11:05``."""
    return f"{at.astimezone(clock.SHANGHAI):%H:%M}"


def moment(at: datetime) -> str:
    """A stored moment as Shanghai time, ``2026-11-20 11:05``."""
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


def celsius(tenths: int | None) -> str:
    """Tenths of a degree as ``65.5 ℃``."""
    return "-" if tenths is None else f"{tenths / 10:.1f} ℃"


def kilograms(grams: int) -> str:
    """Grams as ``12.5 kg``."""
    return f"{grams / 1000:,.1f} kg"


def masked(name: str) -> str:
    """A name of which only the first character may be shown at the till."""
    return name[:1] + "*" * max(1, min(2, len(name) - 1)) if name else "*"
