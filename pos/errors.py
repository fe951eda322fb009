"""Everything that can be refused in this package: dotted codes and typed fields, no sentences."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


class PosError(Exception):
    """Base of every refusal of ``pos``."""

    code: ClassVar[str] = "pos.error"


# --- money -----------------------------------------------------------------------------------------


@dataclass(eq=False)
class NegativeAmount(PosError):
    """An amount (fen) or a weight that must not be negative is negative."""

    code: ClassVar[str] = "pos.money.negative_amount"
    name: str
    amount_fen: int


@dataclass(eq=False)
class PercentOutOfRange(PosError):
    """A percentage outside 0-100."""

    code: ClassVar[str] = "pos.money.percent_out_of_range"
    percent: int


@dataclass(eq=False)
class NoWeights(PosError):
    """Money was to be split, and every weight is zero (or there is none)."""

    code: ClassVar[str] = "pos.money.no_weights"
    total_fen: int


@dataclass(eq=False)
class YuanMalformed(PosError):
    """A text that is not an amount of yuan with at most two decimals."""

    code: ClassVar[str] = "pos.money.yuan_malformed"
    text: str


# --- people ----------------------------------------------------------------------------------------


@dataclass(eq=False)
class BornAfter(PosError):
    """An age was asked for a day before the birth date."""

    code: ClassVar[str] = "pos.age.born_after"
    birth_date: date
    day: date


@dataclass(eq=False)
class IdNumberMalformed(PosError):
    """Not a resident identity number; carries the fault, never the number itself."""

    code: ClassVar[str] = "pos.age.id_number_malformed"
    fault: str


# --- policy ----------------------------------------------------------------------------------------


@dataclass(eq=False)
class PolicyUnreadable(PosError):
    """A policy text that is not TOML or whose value has a wrong type or an impossible date."""

    code: ClassVar[str] = "pos.policy.unreadable"
    origin: str
    problem: str


@dataclass(eq=False)
class PolicyUnknownKeys(PosError):
    """A policy text with keys that mean nothing: a misspelt rule would otherwise be lost."""

    code: ClassVar[str] = "pos.policy.unknown_keys"
    origin: str
    keys: tuple[str, ...]


@dataclass(eq=False)
class PolicyRefused(PosError):
    """A policy set with faults; ``faults`` are pairs (finding code, subject)."""

    code: ClassVar[str] = "pos.policy.refused"
    faults: tuple[tuple[str, str], ...]


@dataclass(eq=False)
class PolicyNotInForce(PosError):
    """The policy does not apply on the day of the meal."""

    code: ClassVar[str] = "pos.policy.not_in_force"
    policy_id: str
    day: date


@dataclass(eq=False)
class NoPolicyInForce(PosError):
    """No policy of any of the asked districts applies on the day."""

    code: ClassVar[str] = "pos.policy.none_in_force"
    districts: tuple[str, ...]
    day: date


# --- pricing ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class BasketEmpty(PosError):
    """A sale without a dish."""

    code: ClassVar[str] = "pos.pricing.basket_empty"


@dataclass(eq=False)
class BasketLineInvalid(PosError):
    """A basket line with a negative price, or a count outside 1-999."""

    code: ClassVar[str] = "pos.pricing.basket_line_invalid"
    position: int
    list_price_fen: int
    qty: int


@dataclass(eq=False)
class HistoryInvalid(PosError):
    """Past subsidies that cannot be: a negative sum, or a month that holds less than its day."""

    code: ClassVar[str] = "pos.pricing.history_invalid"
    today_fen: int
    month_fen: int


@dataclass(eq=False)
class NoTier(PosError):
    """No tier of the policy covers an age (an unchecked policy, or an age below its eligible age)."""

    code: ClassVar[str] = "pos.pricing.no_tier"
    policy_id: str
    age: int


@dataclass(eq=False)
class StandingInvalid(PosError):
    """A person's standing that cannot be: reason and tier do not match, or the policy has no such tier."""

    code: ClassVar[str] = "pos.pricing.standing_invalid"
    reason: str
    tier: int | None


@dataclass(eq=False)
class RestExceedsSale(PosError):
    """What is said to be left of a sold basket costs more than the whole of it did (fen)."""

    code: ClassVar[str] = "pos.pricing.rest_exceeds_sale"
    sold_fen: int
    rest_fen: int


@dataclass(eq=False)
class SubsidyUnfunded(PosError):
    """The funders' list leaves a part of the subsidy to nobody (a policy that was never checked)."""

    code: ClassVar[str] = "pos.pricing.subsidy_unfunded"
    policy_id: str
    left_fen: int


@dataclass(eq=False)
class StagesMalformed(PosError):
    """Stored pricing stages that do not form one price."""

    code: ClassVar[str] = "pos.pricing.stages_malformed"
    fault: str


# --- cards -----------------------------------------------------------------------------------------


@dataclass(eq=False)
class CardLength(PosError):
    """A code that has not exactly 49 characters."""

    code: ClassVar[str] = "pos.card.length"
    length: int


@dataclass(eq=False)
class CardCharacters(PosError):
    """A code with something other than the digits 0-9."""

    code: ClassVar[str] = "pos.card.characters"
    position: int


@dataclass(eq=False)
class CardRange(PosError):
    """49 digits that are a larger number than 20 bytes hold."""

    code: ClassVar[str] = "pos.card.range"


@dataclass(eq=False)
class CardVersion(PosError):
    """A code of a version this software does not know."""

    code: ClassVar[str] = "pos.card.version"
    version: int


@dataclass(eq=False)
class CardKeyUnknown(PosError):
    """A code made under a key that is not (or no longer) live."""

    code: ClassVar[str] = "pos.card.key_unknown"
    key_id: int


@dataclass(eq=False)
class CardForged(PosError):
    """A code whose authentication tag is not ours."""

    code: ClassVar[str] = "pos.card.forged"
    key_id: int


@dataclass(eq=False)
class CardFieldInvalid(PosError):
    """A card to be issued with a serial, issue number or version that does not fit its bytes."""

    code: ClassVar[str] = "pos.card.field_invalid"
    name: str


@dataclass(eq=False)
class CardNumberInvalid(PosError):
    """A readable card number that is not 16 digits with a right check digit."""

    code: ClassVar[str] = "pos.card.number_invalid"
    fault: str


@dataclass(eq=False)
class PhoneCodeStale(PosError):
    """A phone code that was ours some steps ago, or will be; ``late_s`` is negative when it is ahead."""

    code: ClassVar[str] = "pos.card.phone_code_stale"
    key_id: int
    late_s: int


@dataclass(eq=False)
class PhoneCodeTimeInvalid(PosError):
    """A moment that no phone code can be made for: without time zone, or before 1970."""

    code: ClassVar[str] = "pos.card.phone_code_time_invalid"
    fault: str


@dataclass(eq=False)
class ForeignCardMalformed(PosError):
    """A code that is no card of another county: its length, characters, range or a field cannot be."""

    code: ClassVar[str] = "pos.card.foreign_malformed"
    fault: str


@dataclass(eq=False)
class ForeignCardUntrusted(PosError):
    """A card of a county, or under a county's key, that is not trusted here."""

    code: ClassVar[str] = "pos.card.foreign_untrusted"
    county: str
    key_id: int


@dataclass(eq=False)
class ForeignCardForged(PosError):
    """A card whose signature is not that of the county it names."""

    code: ClassVar[str] = "pos.card.foreign_forged"
    county: str
    key_id: int


@dataclass(eq=False)
class ForeignCardExpired(PosError):
    """A genuine card of another county after its last valid day."""

    code: ClassVar[str] = "pos.card.foreign_expired"
    county: str
    valid_until: date


@dataclass(eq=False)
class ForeignCardNotYetValid(PosError):
    """A genuine card of another county before its first valid day."""

    code: ClassVar[str] = "pos.card.foreign_not_yet_valid"
    county: str
    issued_on: date


@dataclass(eq=False)
class KeyRingInvalid(PosError):
    """Keys that cannot be used together: not one or two, a repeated id, a secret under 32 bytes."""

    code: ClassVar[str] = "pos.card.key_ring_invalid"
    fault: str


# --- tills off line --------------------------------------------------------------------------------


@dataclass(eq=False)
class SnapshotInvalid(PosError):
    """A card list for tills that cannot be trusted; ``fault`` says what does not hold."""

    code: ClassVar[str] = "pos.snapshot_invalid"
    fault: str


@dataclass(eq=False)
class TillLogDamaged(PosError):
    """A till's log is damaged before its end: ``at`` is the first byte that makes no sense."""

    code: ClassVar[str] = "pos.till_log_damaged"
    at: int


@dataclass(eq=False)
class TillStopped(PosError):
    """A till off line must not go on so; ``reason`` says why, and the sale is one for cash at the full price."""

    code: ClassVar[str] = "pos.till_stopped"
    reason: str


# --- outside payments ------------------------------------------------------------------------------


@dataclass(eq=False)
class StatementUnreadable(PosError):
    """A provider's file that is not of its format as a whole: its encoding, header, name or size."""

    code: ClassVar[str] = "pos.statement.unreadable"
    provider: str
    fault: str


@dataclass(eq=False)
class StatementNoDay(PosError):
    """A provider's file without a line that does not say which day it is of."""

    code: ClassVar[str] = "pos.statement.no_day"
    provider: str


@dataclass(eq=False)
class GatewayRecordsInvalid(PosError):
    """Recorded answers of a provider that cannot be used: no such JSON, or one reference twice."""

    code: ClassVar[str] = "pos.gateway.records_invalid"
    fault: str


@dataclass(eq=False)
class GatewayRefundRefused(PosError):
    """A refund that cannot be asked for: payment unknown, too much, or its reference says something else."""

    code: ClassVar[str] = "pos.gateway.refund_refused"
    reference: str
    refund_reference: str
    fault: str
