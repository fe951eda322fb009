"""A lower bound of what is still to come, by walks that only mind boxes and one kind of time.

For each halt, boxes aboard so far and time so far: the least reduced cost of going on and home. A
walk may come back to a stop, but not at once (2-cycles, Christofides, Mingozzi and Toth 1981,
doi:10.1002/net.3230110207). Boxes and time are counted down to the beginning of a step, never up, so
every real journey is at least as dear. Time is either seconds since departure without any wait
(holds, shift) or the earliest clock (windows, further rounds).
"""

from routing.verify_ground import NEVER
from routing.verify_prices import Priced, Watch

Row = tuple[int, int, int, int, int]
"""Least value, bit of its next halt, least with another next halt, its bit, least of the rest."""

CLOSED: Row = (NEVER**2, 0, NEVER**2, 0, NEVER**2)

MOST_STEPS = 3_000_000
"""Legs looked at in all while a table is built."""

FEW_TIMES, MOST_TIMES, MOST_LOADS = 24, 80, 32
"""If possible, a step of time is as short as the shortest leg: then no cell refers to itself."""


class Table:
    """One table of a priced type; `clock` says which kind of time.

    Raises:
        TimeOver: Built no further.
    """

    def __init__(self, priced: Priced, watch: Watch, *, clock: bool) -> None:
        self.priced, self.watch, self.clock = priced, watch, clock
        ground = priced.ground
        self.nodes = [node for node, ways in enumerate(priced.ways) if ways]
        self.first, self.last = ground.first, ground.last
        self.zero = ground.first if clock else 0
        self.span = max(1, ground.last - ground.first)
        self._relax()
        self.reach = self._reach()
        self._size()
        self.rows: list[list[Row]] = [
            [CLOSED] * (self.times * self.loads) for _ in range(len(priced.ways))
        ]
        self.again = [NEVER**2] * self.times
        """By time: the least that one or more further rounds add."""
        for step in reversed(range(self.times)):
            self._layer(step)

    def _relax(self) -> None:
        """One way for each halt, as good as any of its own."""
        self.opens, self.most, self.stay, self.boxes, self.cost, self.leaves = (
            [0] * len(self.priced.ways) for _ in range(6)
        )
        for node in self.nodes:
            ways = self.priced.ways[node]
            self.opens[node] = ways[0][0] if self.clock else 0
            latest = max(way[1] for way in ways)
            hold = max(way[2] for way in ways)
            elapsed = min(hold, latest - self.first)
            self.most[node] = latest if self.clock else elapsed
            self.stay[node] = min(way[4] for way in ways)
            self.leaves[node] = self.most[node] + max(way[4] for way in ways)
            self.boxes[node] = min(way[5] for way in ways)
            self.cost[node] = min(way[8] for way in ways) + self.priced.per_s * self.stay[node]
        per_s = self.priced.per_s
        self.legs = [
            [(w, t, c + per_s * t + self.cost[w]) for w, t, c in roads] for roads in self.priced.on
        ]

    def _reach(self) -> int:
        """The most time at which anything is asked."""
        latest = max((self.leaves[node] for node in self.nodes), default=0) - self.zero
        return self.span if self.priced.trips > 1 else max(1, min(self.span, latest))

    def _size(self) -> None:
        """How fine: as many steps of boxes and time as the work allows."""
        aboard = sum(sorted((self.boxes[node] for node in self.nodes), reverse=True))
        capacity = self.priced.capacity
        legs = 1 + sum(map(len, self.legs))
        cells = max(12, MOST_STEPS // legs)
        advance = min((t + self.stay[w] for legs in self.legs for w, t, _ in legs), default=0)
        times = -(-self.reach // advance) if advance * MOST_TIMES >= self.reach else FEW_TIMES
        times = max(1, min(times, cells // 2))
        loads = 1 if aboard <= capacity else max(2, min(capacity + 1, MOST_LOADS, cells // times))
        self.load_step = -(-(capacity + 1) // loads)
        self.loads = capacity // self.load_step + 1
        times = max(times, min(MOST_TIMES, cells // self.loads))
        self.time_step = max(1, -(-self.reach // times))
        self.times = self.reach // self.time_step + 1

    def _layer(self, step: int) -> None:
        """All cells of one time; with further rounds at once, until nothing gets cheaper."""
        for _ in range(self.priced.trips if self.clock else 1):
            for load in reversed(range(self.loads)):
                self._cell(step, load)
            if not self.clock or self.priced.trips == 1:
                return
            least = self._round(step)
            if least == self.again[step]:
                return
            self.again[step] = least

    def _cell(self, step: int, load: int) -> None:
        """Until stable: legs too short to reach the next cell refer to this one."""
        self.watch.check()
        at = self.zero + step * self.time_step
        here = step * self.loads + load
        nodes = [node for node in self.nodes if self.leaves[node] >= at]
        for _ in range(len(self.nodes) + 1):
            same = changed = False
            for node in nodes:
                row, own = self._row(node, at, load * self.load_step, here)
                same |= own
                if row != self.rows[node][here]:
                    changed = True
                    self.rows[node][here] = row
            if not (same and changed):
                return

    def _row(self, node: int, at: int, load: int, here: int) -> tuple[Row, bool]:
        """The three best ways on, and whether one of the legs stays in this very cell."""
        best = second = third = NEVER**2
        best_bit = second_bit = 0
        own = False
        home = self.priced.home[node]
        if home is not None and at + home[0] <= (self.last if self.clock else self.span):
            best = home[1] + self.priced.per_s * home[0]
            if self.priced.trips > 1 and self.clock:
                best += self.later(at + home[0] + self.priced.reload_s)
        bit, rows, most, boxes = 1 << node, self.rows, self.most, self.boxes
        opens, stay, room = self.opens, self.stay, self.priced.capacity - load
        for w, seconds, cost in self.legs[node]:
            s = at + seconds
            if s > most[w] or boxes[w] > room:
                continue
            s = max(s, opens[w]) + stay[w] - self.zero
            there = min(s // self.time_step, self.times - 1) * self.loads
            there += (load + boxes[w]) // self.load_step
            own |= there == here
            row = rows[w][there]
            value = cost + (row[2] if row[1] == bit else row[0])
            if value < best:
                third, second, second_bit = second, best, best_bit
                best, best_bit = value, 1 << w
            elif value < second:
                third, second, second_bit = second, value, 1 << w
            elif value < third:
                third = value
        return (best, best_bit, second, second_bit, third), own

    def later(self, at: int) -> int:
        """The least that rounds starting at `at` (clock) or later can add, or no round at all."""
        return min(0, self.one_more(at))

    def one_more(self, at: int) -> int:
        """The least that one or more rounds starting at `at` (clock) or later add."""
        step = max(0, at - self.zero) // self.time_step
        return self.again[step] if step < self.times else NEVER**2

    def _round(self, step: int) -> int:
        """The least value of starting another round at the beginning of this step."""
        at = self.zero + step * self.time_step
        least = NEVER**2
        for w, seconds, cost in self.priced.out:
            s = max(at + seconds, self.opens[w])
            if s > self.most[w] or self.boxes[w] > self.priced.capacity:
                continue
            there = min((s + self.stay[w] - self.zero) // self.time_step, self.times - 1)
            row = self.rows[w][there * self.loads + self.boxes[w] // self.load_step]
            least = min(least, cost + self.priced.per_s * seconds + self.cost[w] + row[0])
        return least
