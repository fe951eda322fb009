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


class Provider(StrEnum):
    """Who moves money for an outside payment: a wallet, the bank card scheme, the city card."""

    WECHAT = "WECHAT"
    ALIPAY = "ALIPAY"
    UNIONPAY = "UNIONPAY"
    CITY_CARD = "CITY_CARD"


class Buyer(StrEnum):
    """For whom a meal is sold. All but SENIOR pay the full price and never enter a claim."""

    SENIOR = "SENIOR"
    GUEST = "GUEST"
    STAFF = "STAFF"
    OTHER_COUNTY = "OTHER_COUNTY"


class ChargeState(StrEnum):
    """POSTED counts; a REVERSAL points to its origin and takes it back."""

    POSTED = "POSTED"
    REVERSAL = "REVERSAL"


class FoundBy(StrEnum):
    """What a cashier typed to find a person without a card."""

    ID_NUMBER = "ID_NUMBER"
    NAME = "NAME"
    CARD_NUMBER = "CARD_NUMBER"


class Identification(StrEnum):
    """How the person at the till was recognised. LOOK_UP: looked up by a till that did not say how."""

    CARD = "CARD"
    PHONE_CODE = "PHONE_CODE"
    FOREIGN_CARD = "FOREIGN_CARD"
    ID_NUMBER = "ID_NUMBER"
    NAME = "NAME"
    CARD_NUMBER = "CARD_NUMBER"
    LOOK_UP = "LOOK_UP"
    ORDER = "ORDER"
    NONE = "NONE"


class MovementKind(StrEnum):
    """Why money goes into or out of a purse without a meal."""

    TOP_UP = "TOP_UP"
    REFUND = "REFUND"
    GRANT = "GRANT"
    DONATION = "DONATION"
    EXPIRY = "EXPIRY"
    PAY_OUT = "PAY_OUT"
    PLAN_FEE = "PLAN_FEE"
    DISPUTE = "DISPUTE"


class ProposalKind(StrEnum):
    """What takes four eyes: nobody approves an own entry."""

    GRANT_BATCH = "GRANT_BATCH"
    REFUND = "REFUND"


class ProposalState(StrEnum):
    """PROPOSED waits for a second person; POSTED is done."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    POSTED = "POSTED"


class HoldState(StrEnum):
    """A pre-order's money: kept aside, spent by its charge, or given back."""

    PENDING = "PENDING"
    POSTED = "POSTED"
    RELEASED = "RELEASED"


class DeviceState(StrEnum):
    """Whether a till may send."""

    LIVE = "LIVE"
    REVOKED = "REVOKED"
