"""The only place that reads the wall clock and knows the county's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current business day (Asia/Shanghai)."""
    return business_day(now())


def business_day(moment: datetime) -> date:
    """The Shanghai calendar day on which ``moment`` (aware) falls."""
    return moment.astimezone(SHANGHAI).date()


def at(day: date, seconds: int) -> datetime:
    """The moment ``seconds`` after Shanghai midnight of ``day``, in UTC."""
    return (datetime.combine(day, time(), SHANGHAI) + timedelta(seconds=seconds)).astimezone(UTC)


def seconds(day: date, moment: datetime) -> int:
    """Seconds from Shanghai midnight of ``day`` to ``moment`` (aware); below zero before it."""
    return int((moment - at(day, 0)).total_seconds())
