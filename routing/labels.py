"""Label setting in both directions: every undominated beginning and end of a route.

A forward label is the kernel's (cost, load, D, E, tau_lo, tau_hi) at the start of service of its
node; a backward label sums up what follows: (cost, load, time to the end, earliest end, least tau,
latest start, largest D). Costs are reduced costs, scaled, seconds driven included. Memories follow
the ng-route relaxation (Baldacci, Mingozzi and Roberti 2011, doi:10.1287/opre.1110.0975); parities
are those of subset-row cuts with limited memory (Jepsen et al. 2008, doi:10.1287/opre.1070.0449;
Pecin et al. 2017, doi:10.1007/s12532-016-0108-8): a label dominates another one only if it is
cheaper by the prices of the cuts it alone has half used.

Forward labels reach as far as the critical resource (D or the clock) is at most `half`, backward
ones as far as it may be more; a route is found where the two meet (`routing.joins`).
"""

from typing import NamedTuple

import numpy as np

from routing.compiled import Bits, Ints, compiled, inlined

COST, LOAD, D, E, LO, HI, MOST, NODE, PARENT, LINK, QUEUE, TRIP, DEAD = range(13)
REST, EARLY, LEAST, LATE = D, E, LO, HI
"""Columns of `Pool.label`; a backward label uses the places of D, E, LO and HI for its own figures."""

BUCKETS = 24
KEY_PARTS, LOAD_PARTS = 64, 16
"""Parts of the tables of `routing.joins`."""

QUEUES = 1024

LENIENT, LOOSE, CLOSE, EXACT = range(4)
"""How dominance compares: by cost and critical resource; without memory; without cuts; as it must."""


class Pool(NamedTuple):
    """Labels with their memory (rows) and parity (cuts) bits.

    They are listed by node and bucket, cheap first (`head`), or by node and memory (`same`).
    """

    label: Ints
    memory: Bits
    parity: Bits
    head: Ints
    queue: Ints
    same: Ints

    def up_to(self, labels: int) -> "Pool":
        """The same room, but for so many labels only."""
        return self._replace(
            label=self.label[:labels], memory=self.memory[:labels], parity=self.parity[:labels]
        )


class Task(NamedTuple):
    """What a search knows of one type: figures of the nodes, legs, prices and cuts.

    `node` has the columns opens, closes, hold, release, boxes and earliest arrival; `closes` is
    already what lets the vehicle be back in time. `out`/`into` list the arcs (`*_start` by node), those of a
    node by their step. `figures` are capacity,
    first departure, latest return, scaled cost a second, reload seconds, trips, whether D matters (0: only
    the clock does), what is critical (`BY`), and the start's reduced cost.
    """

    node: Ints
    mask: Bits
    near: Bits
    step: Ints
    reduced: Ints
    out_start: Ints
    out: Ints
    into_start: Ints
    into: Ints
    cut_start: Ints
    cut: Ints
    times: Ints
    keep: Bits
    price: Ints
    figures: Ints


CAP, FIRST, LAST, PER_S, RELOAD, TRIPS, TRACKED, BY, START = range(9)

CLOCK, DURATION, BOXES = range(3)
"""What limits routes most, and so orders labels and splits them in two: the clock, D, the load."""


def new_pool(size: int, labels: int, words: int) -> Pool:
    """Room for so many labels; memory is touched only as far as it is used."""
    return Pool(
        label=np.empty((labels, 13), dtype=np.int64),
        memory=np.empty((labels, words), dtype=np.uint64),
        parity=np.empty((labels, 0), dtype=np.uint64),
        head=np.empty((size, BUCKETS), dtype=np.int64),
        queue=np.empty(QUEUES, dtype=np.int64),
        same=np.empty(labels // 2, dtype=np.int64),
    )


@compiled
def forward_key(by: int) -> int:
    """The column of the critical resource in a forward label."""
    return D if by == DURATION else LOAD if by == BOXES else E


@compiled
def penalty(bits: np.uint64, word: int, price: Ints) -> int:
    """The prices of the cuts whose bits are set in one word."""
    total = 0
    at = word * 64
    while bits:
        if bits & np.uint64(1):
            total += price[at]
        bits >>= np.uint64(1)
        at += 1
    return total


@inlined
def dominates(
    label: Ints,
    memory: Bits,
    parity: Bits,
    price: Ints,
    per_s: int,
    a: int,
    b: int,
    how: int,
    sign: int,
) -> bool:
    """Whether label a makes label b superfluous (their cost is already compared).

    Forward (`sign` 1), what counts is how late a vehicle may have left to be at the node by a moment
    S >= E: min(HI, S - D). A label is no worse if that is no less at the other one's E and in the
    end (HI): D itself does not matter to who has to wait anyway.
    """
    good = (
        label[a, LOAD] <= label[b, LOAD]
        and label[a, E] <= label[b, E]
        and label[a, LO] <= label[b, LO]
        and label[a, HI] >= label[b, HI]
        and label[a, TRIP] <= label[b, TRIP]
    )
    if good and sign > 0:
        then = label[b, E]
        good = min(label[a, HI], then - label[a, D]) >= min(label[b, HI], then - label[b, D])
    elif good:
        good = label[a, D] <= label[b, D] and label[a, MOST] >= label[b, MOST]
    if good:
        spare = label[b, COST] - label[a, COST] - per_s * (label[b, D] - label[a, D])
        good = per_s == 0 or spare >= 0
        if how >= CLOSE and good:
            for w in range(memory.shape[1]):
                good = good and not memory[a, w] & ~memory[b, w]
            if good and how == EXACT:
                if per_s == 0:
                    spare = label[b, COST] - label[a, COST]
                for w in range(parity.shape[1]):
                    bits = parity[a, w] & ~parity[b, w]
                    if bits:
                        spare -= penalty(bits, w, price)
                good = spare >= 0
    return good


@inlined
def _dominates_leniently(label: Ints, a: int, b: int, key: int, sign: int) -> bool:
    return label[a, TRIP] <= label[b, TRIP] and sign * label[a, key] <= sign * label[b, key]


@compiled
def enter(
    label: Ints, head: Ints, memory: Bits, parity: Bits, price: Ints, per_s: int, new: int,
    bucket: int, how: int, key: int, sign: int, v: int,
) -> bool:  # fmt: skip
    """Enter a label into the lists of node v; False when it is dominated. `key` is critical."""
    cost = label[new, COST]
    for b in range(bucket + 1):
        at = head[v, b]
        while at >= 0 and label[at, COST] <= cost:
            if how == LENIENT:
                gone = _dominates_leniently(label, at, new, key, sign)
            else:
                gone = dominates(label, memory, parity, price, per_s, at, new, how, sign)
            if gone:
                return False
            at = label[at, LINK]
    for b in range(bucket, head.shape[1]):
        before, at = -1, head[v, b]
        while at >= 0 and label[at, COST] < cost:
            before, at = at, label[at, LINK]
        if b == bucket:
            label[new, LINK] = at
            if before < 0:
                head[v, b] = new
            else:
                label[before, LINK] = new
            before = new
        while at >= 0:
            after = label[at, LINK]
            if how == LENIENT:
                gone = _dominates_leniently(label, new, at, key, sign)
            else:
                gone = dominates(label, memory, parity, price, per_s, new, at, how, sign)
            if gone:
                label[at, DEAD] = 1
                if before < 0:
                    head[v, b] = after
                else:
                    label[before, LINK] = after
            else:
                before = at
            at = after
    return True


@compiled
def remember(pool: Pool, task: Task, old: int, new: int, v: int) -> int:
    """Memory and parities of a label that reaches node v; returns the prices of the cuts used up."""
    memory, parity, near, mask = pool.memory, pool.parity, task.near, task.mask
    for w in range(memory.shape[1]):
        memory[new, w] = (memory[old, w] & near[v, w]) | mask[v, w]
    extra = 0
    if parity.shape[1]:
        for w in range(parity.shape[1]):
            parity[new, w] = parity[old, w]
        for at in range(task.cut_start[v], task.cut_start[v + 1]):
            q, times = task.cut[at], task.times[at]
            w, bit = q >> 6, np.uint64(1) << np.uint64(q & 63)
            if parity[new, w] & bit:
                times += 1
            extra += (times >> 1) * task.price[q]
            if times & 1:
                parity[new, w] |= bit
            else:
                parity[new, w] &= ~bit
        for w in range(parity.shape[1]):
            parity[new, w] &= task.keep[v, w]
    return extra


@inlined
def visited(memory: Bits, mask: Bits, old: int, v: int) -> bool:
    """Whether a label remembers what node v would serve."""
    seen = np.uint64(0)
    for w in range(memory.shape[1]):
        seen |= memory[old, w] & mask[v, w]
    return seen != 0


@compiled
def queued(pool: Pool, new: int, key: int, low: int, span: int) -> int:
    """Put a label into the queue of its critical resource; returns its bucket."""
    part = min(max(key - low, 0), span)
    slot = part * (QUEUES - 1) // span
    pool.label[new, QUEUE] = pool.queue[slot]
    pool.queue[slot] = new
    return int(part * (BUCKETS - 1) // span)


@compiled
def bucket_of(key: int, low: int, span: int) -> int:
    """The bucket of a value of the critical resource."""
    return int(min(max(key - low, 0), span) * (BUCKETS - 1) // span)


@compiled
def place_of(pool: Pool, at: int) -> int:
    """Where labels with this node and memory are listed (Fibonacci hashing, Knuth 1973)."""
    mixed = np.uint64(pool.label[at, NODE] + 1) * np.uint64(0x9E3779B97F4A7C15)
    for w in range(pool.memory.shape[1]):
        mixed ^= pool.memory[at, w] + np.uint64(w)
        mixed *= np.uint64(0xFF51AFD7ED558CCD)
        mixed ^= mixed >> np.uint64(32)
    return int(np.int64(mixed & np.uint64(0x7FFFFFFFFFFFFFFF)) % len(pool.same))


@inlined
def same_set(label: Ints, memory: Bits, a: int, b: int) -> bool:
    """Whether two labels stand at one node with one memory."""
    equal = label[a, NODE] == label[b, NODE]
    for w in range(memory.shape[1]):
        equal = equal and memory[a, w] == memory[b, w]
    return equal


@compiled
def first_of_its_kind(pool: Pool, task: Task, new: int, sign: int) -> bool:
    """Enter a label among those with its node and memory; False when one of them dominates it."""
    label, memory, parity = pool.label, pool.memory, pool.parity
    price, per_s = task.price, task.figures[PER_S]
    place = place_of(pool, new)
    before, at = -1, pool.same[place]
    while at >= 0:
        after = label[at, LINK]
        if same_set(label, memory, at, new):
            if label[at, COST] <= label[new, COST]:
                if dominates(label, memory, parity, price, per_s, at, new, EXACT, sign):
                    return False
            elif dominates(label, memory, parity, price, per_s, new, at, EXACT, sign):
                label[at, DEAD] = 1
                if before < 0:
                    pool.same[place] = after
                else:
                    label[before, LINK] = after
                at = after
                continue
        before, at = at, after
    label[new, LINK] = pool.same[place]
    pool.same[place] = new
    return True
