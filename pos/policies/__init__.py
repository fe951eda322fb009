"""The policies that come with the software: defaults and examples, each a TOML text with its sources."""

from importlib import resources

from pos.policy import Policy
from pos.policy_load import load_policy

EXAMPLES: tuple[str, ...] = (
    "hangzhou-default",
    "tonglu-demo",
    "qingbo",
    "dinglan",
    "jurong",
    "liantang",
    "tongliang",
    "beijing",
    "pinglu",
)
"""Names of the shipped policies, which are file names without ``.toml``."""


def policy_text(name: str) -> str:
    """TOML text of a shipped policy.

    Raises:
        FileNotFoundError: ``name`` is not one of ``EXAMPLES``.
    """
    if name not in EXAMPLES:
        raise FileNotFoundError(name)
    return resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def shipped_policy(name: str) -> Policy:
    """A shipped policy, read.

    Raises:
        FileNotFoundError: ``name`` is not one of ``EXAMPLES``.
    """
    return load_policy(policy_text(name), origin=name)
