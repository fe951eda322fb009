"""What may be done about each kind of deviation: food that is not done is not mended by a sentence."""

from collections.abc import Mapping

from kitchen.safety import Deviation, Remedy

_WARM = (Remedy.REHEATED, Remedy.EATEN_IN_TIME, Remedy.DISCARDED, Remedy.EXPLAINED)
_WORDS = (Remedy.EXPLAINED,)

REMEDIES: Mapping[Deviation, tuple[Remedy, ...]] = {
    # A pot that was cooked on and measured again heals its deviation without a word; else it goes.
    Deviation.CORE: (Remedy.DISCARDED,),
    Deviation.CORE_NOT_MEASURED: (Remedy.EXPLAINED, Remedy.DISCARDED),
    Deviation.HOLD: _WARM,
    Deviation.COOLING: (Remedy.DISCARDED,),
    Deviation.NOT_COOLED: (Remedy.DISCARDED, Remedy.EATEN_IN_TIME),
    Deviation.REHEAT: (Remedy.DISCARDED,),
    Deviation.LOAD: _WARM,
    Deviation.ARRIVAL: _WARM,
    Deviation.NOT_COVERED: (Remedy.EATEN_IN_TIME, Remedy.DISCARDED, Remedy.EXPLAINED),
    Deviation.GOODS: (Remedy.RETURNED, Remedy.DISCARDED, Remedy.EXPLAINED),
    Deviation.GOODS_EXPIRED: (Remedy.RETURNED, Remedy.DISCARDED),
    Deviation.STORE: (Remedy.REPAIRED, Remedy.MEASURED_AGAIN, Remedy.EXPLAINED),
    Deviation.NO_SAMPLE: _WORDS,
    Deviation.SMALL_SAMPLE: _WORDS,
    Deviation.SAMPLE_GONE: _WORDS,
}
OFF_THE_SHELF = frozenset({Remedy.RETURNED, Remedy.DISCARDED})
"""Goods so dealt with are in the kitchen no more."""
