"""Words for the checks of a month, their states and who has to act: Chinese and English."""

from typing import Final

SETTLEMENT_LABELS: Final[dict[str, tuple[str, str]]] = {
    "pos.check.far_tills": ("两处刷卡间隔太短", "Two tills, faster than the road"),
    "pos.check.revoked_card": ("挂失的卡还在用", "A revoked card was used"),
    "pos.check.absent": ("住院或暂停期间用餐", "Served while in hospital or paused"),
    "pos.check.closed_day": ("停业日有收费", "Charged on a closed day"),
    "pos.check.after_closing": ("收餐后收费", "Charged after closing"),
    "pos.check.burst": ("短时间连刷", "A burst of charges"),
    "pos.check.round_numbers": ("连日整数", "Round numbers day after day"),
    "pos.check.refunds": ("退餐偏多", "Many refunds"),
    "pos.check.lookups": ("同一机器同一老人常免卡", "The same till and elder without card"),
    "pos.check.counter_gap": ("流水号有缺", "Numbers of a till are missing"),
    "pos.check.counter_twice": ("流水号重复", "A number of a till twice"),
    "pos.check.silent_till": ("收银机没动静", "A silent till"),
    "pos.check.late_upload": ("补传太晚", "Uploaded late"),
    "pos.check.earmark_overspent": ("定向善款超支", "An earmark is overspent"),
    "ERROR": ("须处理", "Must be settled"),
    "WARNING": ("请核对", "Please check"),
    "SITE": ("助餐点", "the site"),
    "OPEN": ("未处理", "open"),
    "CORRECTED": ("已更正", "corrected"),
    "GONE": ("已消失", "gone"),
    "TOWNSHIP": ("乡镇", "the township"),
    "COUNTY": ("县级", "the county"),
}
"""Stored code -> (Chinese, English)."""
