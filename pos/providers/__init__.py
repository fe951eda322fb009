"""Outside payments: one adapter for each provider's statement file, and the provider asked directly.

What a county's providers deliver is read here into frozen values; ``pos.provider_settlement`` compares it with the
books. File layouts that are assumed and not known are named in each adapter.
"""

from collections.abc import Mapping

from pos.kinds import Provider
from pos.providers.alipay import AlipayAdapter
from pos.providers.city_card import CityCardAdapter
from pos.providers.statement import (
    ProviderAdapter,
    RefusedLine,
    Statement,
    StatementLine,
    Total,
)
from pos.providers.unionpay import UnionpayAdapter
from pos.providers.wechat import WechatAdapter

__all__ = ["ADAPTERS", "ProviderAdapter", "RefusedLine", "Statement", "StatementLine", "Total"]

_ALL: tuple[ProviderAdapter, ...] = (
    WechatAdapter(), AlipayAdapter(), UnionpayAdapter(), CityCardAdapter(),
)  # fmt: skip
ADAPTERS: Mapping[Provider, ProviderAdapter] = {one.provider: one for one in _ALL}
"""The adapter of every provider."""
