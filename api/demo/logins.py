"""The people who can sign in to a demo county, one or two of each role."""

from collections.abc import Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher

from api.demo.records import DemoSite
from kitchen.kinds import SiteKind

DEMO_PASSWORD = "nuanzao-demo"  # noqa: S105  # printed by the loader: the demo holds nobody real


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login; ``scope`` is "" (county) or the id of a township, site, vehicle or senior."""

    username: str
    display_name: str
    role: str
    scope: str


def demo_logins(
    sites: Sequence[DemoSite], *, vehicle_id: str, senior_id: str
) -> tuple[DemoLogin, ...]:
    """One login of each role; a second clerk and a second county officer give four eyes.

    Cashier and clerks belong to the first senior canteen and its township; ``senior_id`` is the person
    whose family signs in.
    """
    kitchen = next(site for site in sites if site.kind is SiteKind.CENTRAL_KITCHEN)
    canteen = next(site for site in sites if site.kind is SiteKind.SENIOR_CANTEEN)
    return (
        DemoLogin("cashier", "收银员 小方", "cashier", canteen.site_id),
        DemoLogin("driver", "司机 老周", "driver", vehicle_id),
        DemoLogin("kitchen", "厨房 陈师傅", "kitchen", kitchen.site_id),
        DemoLogin("township", "乡镇经办 小申屠", "township", canteen.township_code),
        DemoLogin("township2", "乡镇复核 老徐", "township", canteen.township_code),
        DemoLogin("county", "县民政局 王科", "county", ""),
        DemoLogin("county2", "县民政局 吴科", "county", ""),
        DemoLogin("admin", "管理员", "admin", ""),
        DemoLogin("auditor", "审计员", "auditor", ""),
        DemoLogin("family", "家属", "family", senior_id),
    )


def hash_password(password: str) -> str:
    """Argon2id hash with the library's recommended cost (RFC 9106, low-memory profile)."""
    return PasswordHasher().hash(password)
