"""The driver's sheet: large type, the load list, a map, and a card per stop with a QR code to drive by."""

from collections.abc import Sequence
from typing import Final

from printing.canvas import A4, Box, Canvas
from printing.errors import NothingToPrint
from printing.fitting import Fitted, Style
from printing.flow import Column, Flow, Head, Table
from printing.fonts import BUNDLED, FontFiles
from printing.paper import Pen
from printing.printed import Printed
from printing.route_map import draw_map
from printing.sheets import PlanProof, RouteSheet, RouteStop
from printing.totals import check_route_sheet
from printing.words import Lang, Words, hour, percent

TEXTS: Final = {
    "title": ("送餐路线单", "Delivery route sheet"),
    "driver": ("驾驶员", "Driver"),
    "vehicle": ("车辆", "Vehicle"),
    "depot": ("出发地", "Leaves from"),
    "depart": ("出发时间", "Depart at"),
    "return": ("预计返回", "Back at"),
    "total": ("合计", "Total"),
    "load": ("装车单", "Load list"),
    "load_sum": ("{meals} 装 {boxes}", "{meals} in {boxes}"),
    "point": ("站点", "Stop"),
    "variant": ("餐别", "Variant"),
    "n_meals": ("份数", "Meals"),
    "n_boxes": ("箱数", "Boxes"),
    "loaded": ("已装", "Loaded"),
    "map": ("路线图", "Map"),
    "km": ("全程 {km} 公里", "{km} km in all"),
    "start": ("■ 出发地", "■ start"),
    "stops": ("停靠点 {n} 个", "{n} stops"),
    "arrive_by": ("最晚到达", "Arrive by"),
    "no_limit": ("不限", "any time"),
    "planned": ("计划 {time}", "planned {time}"),
    "scan": ("扫码导航", "Scan to drive"),
    "no_nav": ("无导航码", "No map link"),
    "note": ("注意", "Note"),
    "temp": ("到点温度", "Temp."),
    "outcomes": (
        "送达/邻居代收/无人/拒收/短少/破损",
        "Done/Neighbour/Not home/Refused/Short/Damaged",
    ),
    "arrived": ("到达时间", "Arrived"),
    "sign": ("签收", "Signed"),
    "worry": ("担心哪位老人？写下姓名和情况：", "Worried about someone? Name and reason:"),
    "proof": (
        "全县计划 {cost} {unit}；已证明不低于 {bound} {unit}（最多可省 {gap}）",
        "Whole plan {cost} {unit}; proven not below {bound} {unit} (at most {gap} to gain)",
    ),
    "cost": ("全县计划 {cost} {unit}", "Whole plan {cost} {unit}"),
}

_QR_MM: Final = 27.0
_BADGE_MM: Final = 15.0
_CLOCK_MM: Final = 37.0
_RECORD_MM: Final = 14.5
_SITE: Final = Style(19, 14, lines=4, strong=True)
_CLOCK: Final = Style(25, 16, lines=1, align="right", strong=True)
_DETAIL: Final = Style(13, 10, lines=12)
_SMALL: Final = Style(9, 6, lines=1, grey=0.3)
_THIN: Final = Pen(0.2, 0.45)


def draw_route_sheet(sheet: RouteSheet, *, lang: Lang, fonts: FontFiles = BUNDLED) -> Printed:
    """Draw one route on A4.

    Raises:
        NothingToPrint: the route has no stop.
        WrongOrder: the stops' sequence does not rise.
        TotalMismatch: meals or boxes do not add up.
    """
    return draw_route_sheets((sheet,), lang=lang, fonts=fonts)


def draw_route_sheets(
    sheets: Sequence[RouteSheet], *, lang: Lang, fonts: FontFiles = BUNDLED
) -> Printed:
    """Draw a day's routes as one document; each route begins a page. Raises as `draw_route_sheet`."""
    if not sheets:
        raise NothingToPrint(sheet="route_sheets")
    for sheet in sheets:
        check_route_sheet(sheet)
    words = Words(TEXTS, lang)
    canvas = Canvas(A4, made_at=sheets[0].made_at, title=words["title"], lang=lang, fonts=fonts)
    for sheet in sheets:
        _RouteDrawer(canvas, words, sheet).draw()
    return canvas.printed()


class _RouteDrawer:
    def __init__(self, canvas: Canvas, words: Words, sheet: RouteSheet) -> None:
        self.canvas, self.words, self.sheet = canvas, words, sheet
        right = f"{words.day(sheet.day)} {words[sheet.period]}"
        head = Head(words["title"], sheet.route, right)
        self.flow = Flow(canvas, words=words, head=head, made_at=sheet.made_at)

    def draw(self) -> None:
        self._facts()
        self._load()
        self._map()
        self._proof()
        self.flow.heading(self.words.say("stops", n=len(self.sheet.stops)), keep_mm=58)
        for stop in self.sheet.stops:
            self._stop(stop)
        self._worry()
        self.flow.close()

    def _facts(self) -> None:
        words, sheet = self.words, self.sheet
        car = f"{sheet.vehicle} {sheet.plate}"
        self.flow.facts([(words["driver"], sheet.driver), (words["vehicle"], car)], size_pt=16)
        out, back = hour(sheet.depart_at), hour(sheet.return_at) or "—"
        total = f"{words.meals(sheet.total_meals)} / {words.boxes(sheet.total_boxes)}"
        times = [(words["depart"], out), (words["return"], back), (words["total"], total)]
        self.flow.facts(times, size_pt=20)
        self.flow.facts([(words["depot"], sheet.depot)], size_pt=13)

    def _load(self) -> None:
        words, sheet = self.words, self.sheet
        meals, boxes = words.meals(sheet.total_meals), words.boxes(sheet.total_boxes)
        self.flow.heading(f"{words['load']} · {words.say('load_sum', meals=meals, boxes=boxes)}")
        columns = (
            Column(words["point"], 40),
            Column(words["variant"], 22),
            Column(words["n_meals"], 12, "right", strong=True),
            Column(words["n_boxes"], 12, "right", strong=True),
            Column(words["loaded"], 12, "center"),
        )
        rows = tuple(
            (line.point, line.variant, f"{line.meals:,}", f"{line.boxes:,}", "□")
            for line in sheet.load
        )
        total = (words["total"], "", f"{sheet.total_meals:,}", f"{sheet.total_boxes:,}", "")
        self.flow.table(Table(columns, rows, size_pt=13, min_row_mm=8, total=total))

    def _map(self) -> None:
        if self.sheet.map is None:
            return
        height = min(96.0, max(62.0, self.flow.rest - 16))
        title = [self.words["map"], self.words["start"]]
        if self.sheet.distance_m is not None:
            tenths = (self.sheet.distance_m + 50) // 100
            title.append(self.words.say("km", km=f"{tenths // 10:,}.{tenths % 10}"))
        self.flow.heading(" · ".join(title), keep_mm=height)
        box = Box(self.flow.left, self.flow.y, self.flow.width, height - 2)
        draw_map(self.canvas, box, self.sheet.map)
        self.flow.skip(height)

    def _proof(self) -> None:
        if self.sheet.proof is not None:
            self.flow.line(_proof_text(self.words, self.sheet.proof), Style(9, 7, grey=0.3))
            self.flow.skip(2)

    def _stop(self, stop: RouteStop) -> None:
        flow = self.flow
        middle = flow.width - _BADGE_MM - _QR_MM - 6
        site = self.canvas.fit(stop.site, middle - _CLOCK_MM - 2, style=_SITE)
        detail = [self.canvas.fit(text, middle, style=_DETAIL) for text in self._details(stop)]
        upper = max(17.0, site.height + 6.5) + 1
        body = max(upper + sum(some.height for some in detail) + 1.5, _QR_MM + 7)
        flow.need(body + _RECORD_MM + 3.5)
        box = Box(flow.left, flow.y, flow.width, body + _RECORD_MM)
        self._stop_frame(box, stop, body)
        left = box.x + _BADGE_MM + 2.5
        self.canvas.text(Box(left, box.y + 1.2, middle - _CLOCK_MM - 2, 4.4), stop.kind, _SMALL)
        self.canvas.put(Box(left, box.y + 5.8, middle - _CLOCK_MM - 2, site.height), site, _SITE)
        self._clock(Box(left + middle - _CLOCK_MM, box.y + 1.2, _CLOCK_MM, 17), stop)
        self._lines(Box(left, box.y + upper, middle, body), detail)
        self._record(Box(box.x, box.y + body, box.width, _RECORD_MM))
        flow.skip(box.height + 3.5)

    def _details(self, stop: RouteStop) -> list[str]:
        words = self.words
        meals = [f"{part.variant} {words.meals(part.meals)}" for part in stop.meals]
        texts = [f"{words.boxes(stop.boxes)}{words['comma']}{words.listed(tuple(meals))}"]
        reach = " ".join(text for text in (stop.contact, stop.phone) if text)
        if reach:
            texts.append(f"☎ {reach}")
        if stop.door_note:
            texts.append(f"▲ {words['note']} {stop.door_note}")
        return texts

    def _stop_frame(self, box: Box, stop: RouteStop, body: float) -> None:
        canvas = self.canvas
        canvas.frame(box, Pen(0.45))
        badge = Box(box.x, box.y, _BADGE_MM, body)
        canvas.bar(badge)
        number = Style(30, 12, lines=1, align="center", valign="middle", grey=1, strong=True)
        canvas.text(badge.inset(1), str(stop.sequence), number)
        x = box.x + box.width - _QR_MM - 1
        caption = Style(8.5, 6, lines=2, align="center", valign="middle", grey=0.2)
        if stop.nav_url:
            canvas.qr(Box(x, box.y + 0.8, _QR_MM, _QR_MM), stop.nav_url)
            text = Box(x, box.y + _QR_MM + 1, _QR_MM, 4.6)
            canvas.text(text, self.words["scan"], caption)
        else:
            canvas.text(Box(x, box.y + 1, _QR_MM, _QR_MM), self.words["no_nav"], caption)

    def _clock(self, box: Box, stop: RouteStop) -> None:
        words = self.words
        planned = f"{words['arrive_by']} ({words.say('planned', time=hour(stop.planned_at))})"
        small = Style(9, 6, lines=1, align="right", grey=0.3)
        self.canvas.text(Box(box.x, box.y, box.width, 4.4), planned, small)
        by = hour(stop.arrive_by) or words["no_limit"]
        self.canvas.text(Box(box.x, box.y + 4.6, box.width, 12), by, _CLOCK)

    def _lines(self, box: Box, fitted: list[Fitted]) -> None:
        y = box.y
        for some in fitted:
            self.canvas.put(Box(box.x, y, box.width, some.height), some, _DETAIL)
            y += some.height

    def _record(self, box: Box) -> None:
        """Room to write: hour, temperature, signature above; what happened, to be ticked, below."""
        canvas, words, half = self.canvas, self.words, box.height / 2
        canvas.rule((box.x, box.y), (box.x + box.width, box.y), _THIN)
        canvas.rule((box.x, box.y + half), (box.x + box.width, box.y + half), _THIN)
        fields = (
            (words["arrived"], " ____:____"),
            (words["temp"], " ______ ℃"),
            (words["sign"], ""),
        )
        wide = box.width / len(fields)
        style = Style(11, 7, lines=1, valign="middle")
        for number, (name, blank) in enumerate(fields):
            x = box.x + number * wide
            canvas.text(Box(x + 2, box.y, wide - 4, half), name + blank, style)
        outcomes = words["outcomes"].split("/")
        wide = box.width / len(outcomes)
        for number, name in enumerate(outcomes):
            x = box.x + number * wide
            canvas.text(Box(x + 2, box.y + half, wide - 3, half), f"□ {name}", style)

    def _worry(self) -> None:
        flow = self.flow
        flow.need(19)
        box = Box(flow.left, flow.y, flow.width, 18)
        self.canvas.frame(box, _THIN)
        text = Box(box.x + 2, box.y + 1, box.width - 4, 6)
        self.canvas.text(text, self.words["worry"], Style(11, 8, lines=1))
        flow.skip(20)


def _proof_text(words: Words, proof: PlanProof) -> str:
    cost = f"{proof.cost:,}"
    if proof.bound is None:
        return words.say("cost", cost=cost, unit=proof.unit)
    gap = percent(proof.cost - proof.bound, proof.cost)
    bound = f"{proof.bound:,}"
    return words.say("proof", cost=cost, unit=proof.unit, bound=bound, gap=gap)
