"""How large a demo is."""

from dataclasses import dataclass

from api.failures import BadRequest


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of one scale.

    ``townships`` names the ones that take part (empty: all); ``sites`` are those of each county, its central
    kitchen and township canteens included, and the first ``extra_sites`` counties have one more; ``seniors``
    are those of all counties together; ``vans`` drive for each central kitchen and
    hold ``van_boxes_percent`` of the county's vans; ``policies`` are the shipped ones that are loaded.
    """

    name: str
    counties: int
    townships: tuple[str, ...]
    sites: int
    extra_sites: int
    seniors: int
    vans: int
    van_boxes_percent: int = 100
    policies: tuple[str, ...] = ("tonglu-demo",)


SCALES = {
    scale.name: scale
    for scale in (
        Scale("small", 1, ("330122003", "330122004", "330122102"), 13, 0, 300, 4),
        Scale("county", 1, (), 120, 0, 6_000, 24),
        Scale("city", 13, (), 106, 12, 380_000, 36, 200, ("tonglu-demo", "hangzhou-default")),
    )
}


def scale_named(name: str) -> Scale:
    """The scale of that name.

    Raises:
        BadRequest: there is none.
    """
    if name not in SCALES:
        raise BadRequest("scale", name)
    return SCALES[name]
