"""From an error of any package to an HTTP status and a sentence for people: one table, by dotted code.

``tests/test_errors.py`` fails when a class has no entry here or no line in ``docs/reference/errors.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.error_text import Text, fill
from api.error_texts_api import API, HTTP
from api.error_texts_kitchen import KITCHEN
from api.error_texts_pos import POS
from api.error_texts_routing import PRINTING, ROUTING
from api.error_texts_sale import SALE
from api.failures import ApiError
from kitchen.errors import KitchenError
from pos.errors import PosError
from printing.errors import PrintingError
from routing.errors import RoutingError

BASES = (RoutingError, KitchenError, PosError, PrintingError, ApiError)
TEXTS: Mapping[str, Text] = {**ROUTING, **KITCHEN, **POS, **PRINTING, **API}
"""Every error class's entry."""
REFUSALS: Mapping[str, Text] = SALE
"""The till's refusal codes that are no error class."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is answered: HTTP status, dotted code, the sentence in Chinese and English."""

    status: int
    code: str
    zh: str
    en: str

    def in_lang(self, lang: str) -> str:
        """The sentence in ``en``, else in Chinese."""
        return self.en if lang == "en" else self.zh


def is_ours(error: BaseException) -> bool:
    """Whether one of the five packages raised it on purpose."""
    return isinstance(error, BASES)


def describe(error: BaseException) -> Failure:
    """Status and sentences of an error of ours; any other is an internal one and says nothing of itself."""
    if not isinstance(error, BASES):
        return http_failure(500)
    text = TEXTS.get(error.code, API["api.error"])
    return _failure(error.code, text, vars(error))


def sentence(error: BaseException, lang: str) -> str:
    """The sentence of an error in ``zh`` or ``en``."""
    return describe(error).in_lang(lang)


def refusal(code: str, detail: Mapping[str, Any]) -> Failure:
    """Status and sentences of a refused charge: a code of ``pos/sales.py`` or of a ``PosError``."""
    text = (
        REFUSALS.get(code)
        or TEXTS.get(code)
        or Text(
            422,
            "这笔没有收费（{code}），请联系管理员。",
            "This was not charged ({code}); ask the administrator.",
        )
    )
    return _failure(code, text, {"code": code, **detail})


def http_failure(status: int, reason: str = "") -> Failure:
    """What is said when the web server itself refuses; ``reason`` is shown for status 400 only."""
    text = HTTP.get(status) or HTTP[400 if 400 <= status < 500 else 500]
    return _failure(f"http.{status}", text._replace(status=status), {"reason": reason})


def _failure(code: str, text: Text, fields: Mapping[str, Any]) -> Failure:
    return Failure(text.status, code, fill(text.zh, fields), fill(text.en, fields))
