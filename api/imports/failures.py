"""What ends an import before any row was judged."""

from dataclasses import dataclass
from typing import ClassVar

from api.failures import ApiError


@dataclass(eq=False)
class UnusableFile(ApiError):
    """A list cannot be read at all.

    ``fault`` is a code of ``api.imports.problems.SENTENCES``, ``line`` where it was seen (0: the file as a
    whole), ``detail`` a limit, a name or a list.
    """

    code: ClassVar[str] = "api.unusable_import"
    path: str
    fault: str
    line: int = 0
    detail: str = ""
