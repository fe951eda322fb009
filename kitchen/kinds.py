"""The closed lists of the kitchen's world; values are what the tables store."""

from enum import StrEnum


class SiteKind(StrEnum):
    """What a place of the county is."""

    CENTRAL_KITCHEN = "CENTRAL_KITCHEN"
    CENTRAL_CANTEEN = "CENTRAL_CANTEEN"
    SENIOR_CANTEEN = "SENIOR_CANTEEN"
    SERVING_POINT = "SERVING_POINT"
    PARTNER_RESTAURANT = "PARTNER_RESTAURANT"
    NEIGHBOUR = "NEIGHBOUR"


class MealPeriod(StrEnum):
    """A meal of the day."""

    BREAKFAST = "BREAKFAST"
    LUNCH = "LUNCH"
    SUPPER = "SUPPER"


class Position(StrEnum):
    """How sure a coordinate is."""

    SURVEYED = "SURVEYED"
    ESTIMATED = "ESTIMATED"
    NONE = "NONE"


class Channel(StrEnum):
    """How a meal was asked for: at the counter, by telephone or family for one day, or by a lasting wish."""

    WALK_IN = "WALK_IN"
    PREORDER = "PREORDER"
    STANDING = "STANDING"


class OrderSource(StrEnum):
    """Who placed a meal order."""

    STANDING = "STANDING"
    PHONE = "PHONE"
    FAMILY = "FAMILY"


class OrderState(StrEnum):
    """Where a meal order stands. EXCEPTION keeps its reason and stays in every count."""

    DUE = "DUE"
    EXCEPTION = "EXCEPTION"
    SERVED = "SERVED"
    MISSED = "MISSED"


class FactKind(StrEnum):
    """Why a day may differ from its weekday."""

    HOLIDAY = "HOLIDAY"
    WORKDAY_MOVED = "WORKDAY_MOVED"
    EVE = "EVE"
    FAIR = "FAIR"
    RAIN = "RAIN"
    DRY = "DRY"
    CLOSED = "CLOSED"


WEATHER = (FactKind.RAIN, FactKind.DRY)


class StopOutcome(StrEnum):
    """What happened when the van or the volunteer stood at the door."""

    DELIVERED = "DELIVERED"
    LEFT_WITH_NEIGHBOUR = "LEFT_WITH_NEIGHBOUR"
    SHORT = "SHORT"
    DAMAGED = "DAMAGED"
    NOT_HOME = "NOT_HOME"
    REFUSED = "REFUSED"
    NOT_REACHED = "NOT_REACHED"
