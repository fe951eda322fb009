"""The conservation chain: what balances, and what is named when it does not."""

from hypothesis import given
from hypothesis import strategies as st

from kitchen.chain import LINKS, ChainBreak, breaks, build

QUANTITIES = st.integers(min_value=0, max_value=500)
REASONS = st.sampled_from(["senior_moved", "left_over", "box_dropped", "no_route"])
LEAKS = st.lists(st.tuples(st.sampled_from(LINKS[1:]), REASONS, QUANTITIES), max_size=20)


def balanced_counts(start: int, leaks: list[tuple[str, str, int]]) -> dict[str, int]:
    """Counts that follow from the leaks, as honest people would have counted."""
    counts, left = {}, start
    for link in LINKS:
        left -= sum(quantity for name, _, quantity in leaks if name == link)
        counts[link] = left
    return counts


@given(start=st.integers(10_000, 20_000), leaks=LEAKS)
def test_a_chain_whose_leaks_are_all_named_balances(
    start: int, leaks: list[tuple[str, str, int]]
) -> None:
    chain = build(balanced_counts(start, leaks), leaks)
    assert breaks(chain) == []
    assert chain[0].quantity - sum(k.quantity for link in chain for k in link.leaks) == (
        chain[-1].quantity
    )


@given(
    start=st.integers(10_000, 20_000),
    leaks=LEAKS,
    broken=st.sampled_from(LINKS),
    by=st.integers(-50, 50).filter(bool),
)
def test_a_link_broken_on_purpose_is_named_with_the_meals_that_nobody_explains(
    start: int, leaks: list[tuple[str, str, int]], broken: str, by: int
) -> None:
    counts = balanced_counts(start, leaks)
    counts[broken] += by
    found = breaks(build(counts, leaks))
    at = LINKS.index(broken)
    expected = []
    if at > 0:
        expected.append((broken, -by))
    if at + 1 < len(LINKS):
        expected.append((LINKS[at + 1], by))
    assert [(one.link, one.unexplained) for one in found] == expected


@given(
    start=st.integers(10_000, 20_000), leaks=LEAKS.filter(lambda found: any(q for *_, q in found))
)
def test_a_leak_that_is_not_recorded_breaks_the_chain_where_it_happened(
    start: int, leaks: list[tuple[str, str, int]]
) -> None:
    hidden = next(leak for leak in leaks if leak[2])
    told = [leak for leak in leaks if leak is not hidden]
    assert [one.link for one in breaks(build(balanced_counts(start, leaks), told))] == [hidden[0]]


def test_leaks_of_one_reason_add_up_and_stand_under_their_link() -> None:
    counts = dict.fromkeys(LINKS, 5) | {"ordered": 10}
    chain = build(counts, [("planned", "senior_moved", 2), ("planned", "senior_moved", 3)])
    assert [(k.reason, k.quantity) for k in chain[1].leaks] == [("senior_moved", 5)]
    assert breaks(chain) == []


def test_a_leak_before_the_first_link_is_a_break() -> None:
    chain = build(dict.fromkeys(LINKS, 5), [("ordered", "lost", 2)])
    assert breaks(chain) == [ChainBreak("ordered", 5, 5, 2)]
