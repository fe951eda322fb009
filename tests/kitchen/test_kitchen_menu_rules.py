"""Rule files: what cannot be used is listed with its rule, key and reason."""

import pytest

from kitchen.menu_rules import Per, RuleFault, RuleKind, read_rules, shipped_rules


def faults(text: str, head: str = "[set]\nSOUP = 1\n") -> set[tuple[str, str, RuleFault]]:
    return {(p.rule, p.key, p.fault) for p in read_rules(head + text)[1]}


def rule(lines: str) -> str:
    return f'[[rule]]\nname = "r"\n{lines}\n'


def test_the_shipped_rules_can_be_used_and_name_every_kind():
    rules = shipped_rules()
    assert {one.kind for one in rules.rules} == set(RuleKind)
    assert [slot for slot, _ in rules.places][2:4] == ["VEGETABLE_1", "VEGETABLE_2"]
    assert {one.per for one in rules.rules} == set(Per)


@pytest.mark.parametrize(
    ("lines", "key", "fault"),
    [
        ('kind = "FEELING"', "kind", RuleFault.UNKNOWN_WORD),
        ('kind = "LOCK"', "kind", RuleFault.UNKNOWN_WORD),
        ('kind = "MEASURE"\nof = "joy"\nmost = 1', "of", RuleFault.UNKNOWN_WORD),
        ('kind = "COUNT"\nof = "kind:UNICORN"\nmost = 1', "of", RuleFault.UNKNOWN_WORD),
        ('kind = "COUNT"\nmost = 1', "of", RuleFault.MISSING),
        ('kind = "MEASURE"\nof = "kcal"', "most", RuleFault.MISSING),
        ('kind = "MEASURE"\nof = "kcal"\nmost = "much"', "most", RuleFault.NOT_A_NUMBER),
        ('kind = "MEASURE"\nof = "kcal"\nmost = -1', "most", RuleFault.OUT_OF_RANGE),
        ('kind = "MEASURE"\nof = "kcal"\nleast = 3\nmost = 2', "least", RuleFault.CONTRADICTION),
        ('kind = "DISH_GAP"', "days", RuleFault.MISSING),
        ('kind = "DISH_GAP"\ndays = 91', "days", RuleFault.OUT_OF_RANGE),
        ('kind = "DISH_GAP"\ndays = 1.5', "days", RuleFault.NOT_A_NUMBER),
        ('kind = "LIKING"', "weight", RuleFault.MISSING),
        ('kind = "SEASON"\nwhen = "always"', "when", RuleFault.UNKNOWN_KEY),
        ('kind = "SEASON"\nper = "WEEK"', "per", RuleFault.UNKNOWN_KEY),
        ('kind = "SEASON"\ncourses = ["PUDDING"]', "courses", RuleFault.UNKNOWN_WORD),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_listed(lines, key, fault):
    assert ("r", key, fault) in faults(rule(lines))


def test_a_name_twice_a_strange_table_and_an_empty_set_are_listed():
    season = rule('kind = "SEASON"')
    assert ("r", "name", RuleFault.DUPLICATE) in faults(season + season)
    assert ("", "rules", RuleFault.UNKNOWN_KEY) in faults("[rules]\n")
    assert ("set", "", RuleFault.EMPTY_SET) in faults(season, head="")
    assert ("set", "PUDDING", RuleFault.UNKNOWN_KEY) in faults("", head="[set]\nPUDDING = 1\n")


def test_what_is_no_toml_is_said_so():
    assert {fault for _, _, fault in faults("= = =")} == {RuleFault.NOT_TOML}


def test_a_rule_that_cannot_be_used_is_left_out_and_the_others_stay():
    rules, problems = read_rules(
        "[set]\nSOUP = 1\n" + rule('kind = "X"') + '[[rule]]\nname = "s"\nkind = "SEASON"\n'
    )
    assert [one.name for one in rules.rules] == ["s"]
    assert len(problems) == 1
