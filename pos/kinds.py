"""The closed lists of the till's world; values are what the tables store."""

from enum import StrEnum


class SeniorState(StrEnum):
    """Whether a senior may be served today."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    HOSPITAL = "HOSPITAL"
    MOVED = "MOVED"
    DECEASED = "DECEASED"


class CareLevel(StrEnum):
    """Result of the ability assessment."""

    ABLE = "ABLE"
    DISABLED = "DISABLED"
    DEMENTIA = "DEMENTIA"


class Hardship(StrEnum):
    """Official ground of hardship: never shown at the till, on a card, sheet or receipt."""

    NONE = "NONE"
    DESTITUTE = "DESTITUTE"
    MINIMUM_LIVING = "MINIMUM_LIVING"
    MARGINAL = "MARGINAL"
    FAMILY_PLANNING = "FAMILY_PLANNING"
    ENTITLED_VETERAN = "ENTITLED_VETERAN"


class CardState(StrEnum):
    """Whether a card opens a sale."""

    LIVE = "LIVE"
    REVOKED = "REVOKED"


class PurseKind(StrEnum):
    """Whose money a purse holds."""

    OWN = "OWN"
    ALLOWANCE = "ALLOWANCE"
    CHARITY = "CHARITY"


class ChargeState(StrEnum):
    """POSTED counts; a REVERSAL points to its origin."""

    POSTED = "POSTED"
    REVERSAL = "REVERSAL"


class Identification(StrEnum):
    """How the person at the till was recognised."""

    CARD = "CARD"
    LOOK_UP = "LOOK_UP"
    ORDER = "ORDER"
    NONE = "NONE"
