"""Errors of the edge itself: configuration, database, sign-in, input files."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


class ApiError(Exception):
    """Base of every error that the edge raises by itself."""

    code: ClassVar[str] = "api.error"


@dataclass(eq=False)
class DatabaseBusy(ApiError):
    """Another writer kept the database for longer than ``waited_s`` seconds."""

    code: ClassVar[str] = "api.database_busy"
    waited_s: int


@dataclass(eq=False)
class DatabaseNotReady(ApiError):
    """The schema is missing or not at the newest migration."""

    code: ClassVar[str] = "api.database_not_ready"
    found: str
    wanted: str


@dataclass(eq=False)
class PolicyTooLate(ApiError):
    """Meals were sold on or after the first day of a policy that is to be loaded; ``day`` is the last of them."""

    code: ClassVar[str] = "api.policy_too_late"
    policy_id: str
    day: date


@dataclass(eq=False)
class TableChanged(ApiError):
    """A table that a migration must rewrite is not what the audit chain promises."""

    code: ClassVar[str] = "api.table_changed"
    table: str


@dataclass(eq=False)
class DatabaseUnusable(ApiError):
    """The database cannot be read or written: damaged, full, gone, or not allowed."""

    code: ClassVar[str] = "api.database_unusable"
    reason: str


@dataclass(eq=False)
class UnsupportedDatabase(ApiError):
    """The database address names neither SQLite nor PostgreSQL."""

    code: ClassVar[str] = "api.unsupported_database"
    dialect: str


@dataclass(eq=False)
class UntrackedChange(ApiError):
    """A row was changed in a way the audit chain cannot follow."""

    code: ClassVar[str] = "api.untracked_change"
    table: str
    column: str


@dataclass(eq=False)
class FileUnusable(ApiError):
    """A file or folder cannot be opened, made or written."""

    code: ClassVar[str] = "api.file_unusable"
    path: str
    reason: str


@dataclass(eq=False)
class UnreadableFile(ApiError):
    """An input file cannot be read as what it claims to be."""

    code: ClassVar[str] = "api.unreadable_file"
    path: str
    reason: str


@dataclass(eq=False)
class NotFound(ApiError):
    """Nothing is stored under this name."""

    code: ClassVar[str] = "api.not_found"
    kind: str
    name: str


@dataclass(eq=False)
class AlreadyLoaded(ApiError):
    """The database already holds a county; loading the demo would mix two."""

    code: ClassVar[str] = "api.already_loaded"
    rows: int


@dataclass(eq=False)
class SignInRefused(ApiError):
    """User name and password do not belong together."""

    code: ClassVar[str] = "api.sign_in_refused"


@dataclass(eq=False)
class SignInNeeded(ApiError):
    """The page or endpoint is for signed-in people."""

    code: ClassVar[str] = "api.sign_in_needed"


@dataclass(eq=False)
class NotYours(ApiError):
    """The signed-in person has no right to this."""

    code: ClassVar[str] = "api.not_yours"
    role: str


@dataclass(eq=False)
class BadRequest(ApiError):
    """A request body or parameter cannot be used."""

    code: ClassVar[str] = "api.bad_request"
    where: str
    reason: str


@dataclass(eq=False)
class BackupBroken(ApiError):
    """A backup does not verify; the running database was left as it is."""

    code: ClassVar[str] = "api.backup_broken"
    path: str
    reason: str


@dataclass(eq=False)
class StatementChanged(ApiError):
    """A provider's statement of this name is stored already, and its content was another."""

    code: ClassVar[str] = "api.statement_changed"
    provider: str
    name: str


@dataclass(eq=False)
class DayLocked(ApiError):
    """The day's numbers are final; changes go to the next day."""

    code: ClassVar[str] = "api.day_locked"
    day: str


@dataclass(eq=False)
class CutoffPassed(ApiError):
    """The kitchen takes no more numbers for the day: its lock time has passed."""

    code: ClassVar[str] = "api.cutoff_passed"
    day: str
    at: str


@dataclass(eq=False)
class DayNotForecast(ApiError):
    """A day to forecast is over, or so far ahead that its orders must not fall due yet."""

    code: ClassVar[str] = "api.day_not_forecast"
    day: str
    first: str
    last: str


@dataclass(eq=False)
class StageMissing(ApiError):
    """A stage of the day needs another one done before it."""

    code: ClassVar[str] = "api.stage_missing"
    day: str
    needs: str


@dataclass(eq=False)
class RecordedDifferently(ApiError):
    """A record with this id is stored and says something else: it is neither doubled nor replaced."""

    code: ClassVar[str] = "api.recorded_differently"
    recorded: str
