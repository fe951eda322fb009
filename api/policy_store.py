"""Taking a new policy into the installation: checked against all that stand, and never changed afterwards."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from api.desk_reading import stored_policies
from api.failures import PolicyTooLate
from api.house import House
from pos.errors import PolicyRefused
from pos.findings import Finding, Severity
from pos.policy import Policy
from pos.policy_checks import check_policies
from pos.policy_load import load_policy, policy_digest
from pos.tables import Charge, PolicyVersion


def store_policy(house: House, text: str, *, origin: str, by: str) -> tuple[Policy, list[Finding]]:
    """Check a policy text with every stored policy and store it; the policy and the warnings.

    Raises:
        PolicyUnreadable: no TOML, or a value of a wrong type.
        PolicyUnknownKeys: a key that means nothing.
        PolicyRefused: a fault, alone or against the stored policies (a repeated id, days that overlap).
        PolicyTooLate: meals from its first day on were sold already.
    """
    policy = load_policy(text, origin=origin)
    with house.database.write(actor=by, action="policy.load") as session:
        others = stored_policies(session)
        found = check_policies([*others, policy])
        faults = [f for f in found if f.severity is Severity.ERROR]
        if faults:
            raise PolicyRefused(tuple((f.code, f.subject) for f in faults))
        _check_in_time(session, policy, others)
        session.add(
            PolicyVersion(
                policy_id=policy.policy_id, district=policy.district,
                effective_from=policy.effective_from, effective_to=policy.effective_to,
                text=text, sha256=policy_digest(text),
            )
        )  # fmt: skip
    mine = [f for f in found if policy.policy_id in f.subject]
    return policy, mine


def _check_in_time(session: Session, policy: Policy, others: list[Policy]) -> None:
    """Meals keep the policy they were sold under: a later one begins after the last of them."""
    if not others:
        return
    newest: date | None = session.scalar(sa.select(sa.func.max(col(Charge.business_day))))
    if newest is not None and policy.effective_from <= newest:
        raise PolicyTooLate(policy.policy_id, newest)
