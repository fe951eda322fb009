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
from api.error_words import WORDS
from api.failures import ApiError, DatabaseUnusable
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
    """Status and sentences of an error of ours, or of a full or damaged database; any other says nothing of itself."""
    ours = error if isinstance(error, BASES) else unusable(error)
    if ours is None:
        return http_failure(500)
    text = TEXTS.get(ours.code, API["api.error"])
    return _failure(ours.code, text, vars(ours))


_HOPELESS = {
    "SQLITE_FULL": "磁盘已满 / the disk is full",
    "SQLITE_IOERR": "磁盘读写出错 / the disk fails",
    "SQLITE_READONLY": "没有写入权限 / not writable",
    "SQLITE_CORRUPT": "文件已损坏 / the file is damaged",
    "SQLITE_NOTADB": "文件已损坏 / the file is damaged",
    "53100": "磁盘已满 / the disk is full",
    "58030": "磁盘读写出错 / the disk fails",
    "25006": "没有写入权限 / not writable",
    "XX001": "文件已损坏 / the file is damaged",
    "XX002": "文件已损坏 / the file is damaged",
}
"""What no second try mends, by SQLite's name of the error or PostgreSQL's SQLSTATE (its manual, appendix A)."""


def unusable(error: BaseException) -> DatabaseUnusable | None:
    """What a database said that trying again does not mend: full, damaged, not writable; None for anything else.

    Args:
        error: as the driver raised it, or as SQLAlchemy wrapped it.
    """
    said = getattr(error, "orig", None) or error
    name = getattr(said, "sqlite_errorname", None) or getattr(said, "sqlstate", None) or ""
    reason = _HOPELESS.get(name) or _HOPELESS.get("_".join(str(name).split("_")[:2]))
    return DatabaseUnusable(reason) if reason else None


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
    zh, en = ({**fields, **_words(fields, index)} for index in (0, 1))
    return Failure(text.status, code, fill(text.zh, zh), fill(text.en, en))


def _words(fields: Mapping[str, Any], index: int) -> dict[str, str]:
    """Names of things, fields and roles as people say them; an unknown name stays as it is."""
    return {
        name: known[str(fields[name])][index]
        for name, known in WORDS.items()
        if str(fields.get(name)) in known
    }
