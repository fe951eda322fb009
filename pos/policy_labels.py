"""Tier labels stand on receipts and claims: none may tell why a person pays less than a neighbour."""

import unicodedata
from collections.abc import Iterator

from pos.findings import Finding, error, warning
from pos.policy import Policy, Tier

# Official grounds of hardship and of care, as written, spoken, abbreviated, in pinyin and in English.
_GROUND_WORDS = (
    "特困", "低保", "低边", "边缘", "困难", "贫", "貧", "五保", "三无", "孤", "失独", "计生", "计划生育",
    "特殊家庭", "优抚", "退役", "退伍", "烈", "军属", "残", "殘", "失能", "失智", "痴呆", "重病", "大病",
    "救助", "救济", "低收入",
    "tekun", "dibao", "dibian", "wubao", "pinkun", "kunnan", "canji", "shineng", "shizhi",
    "destitut", "hardship", "povert", "poor", "needy", "indigent", "marginal", "minimumliving",
    "lowincome", "welfare", "familyplanning", "veteran", "disab", "handicap", "dement", "orphan",
)  # fmt: skip


def names_a_ground(label: str) -> bool:
    """Whether a label speaks of hardship or care; width, case, blanks and hyphens do not hide it."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    letters = "".join(character for character in plain if character.isalnum())
    return any(word in letters for word in _GROUND_WORDS)


def label_findings(policy: Policy) -> Iterator[Finding]:
    """Labels exist, are told apart where they must be, and are alike where people must not be.

    A label of its own for a special tier says on every receipt that its holder has a ground, whatever
    its wording. So a special tier may, and should, repeat the label of the general tier of the very
    same ages; any other repetition is refused. The position of the tier is stored with each sale, so
    nothing is lost by it.
    """
    for index, tier in enumerate(policy.tiers):
        where = policy.subject(f"tiers[{index}]")
        alike = [t for t in policy.tiers if t.label == tier.label and t is not tier]
        if not tier.label or any(not _may_share(tier, other) for other in alike):
            yield error("pos.policy.tier_label", where, label=tier.label)
        if names_a_ground(tier.label):
            yield error("pos.policy.label_names_ground", where, label=tier.label)
        if tier.special and all(other.special for other in alike):
            yield warning("pos.policy.label_tells_ground", where, label=tier.label)


def _may_share(one: Tier, other: Tier) -> bool:
    same_ages = (one.age_min, one.age_max) == (other.age_min, other.age_max)
    return same_ages and (one.special or other.special)
