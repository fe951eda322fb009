"""Which moment counts for a sale: the server's time rules, whatever a till's clock shows.

A till keeps the last moment the server told it, with the server's proof, and counts on from there with a steady
counter: that moment counts. When the till's wall clock is more than ten minutes away from it, a person is told.
"""

import hmac
from datetime import UTC, datetime, timedelta

from pos.requests import ClockNote, OfflineNote, Request, ReversalRequest

TOLERANCE = timedelta(minutes=10)
SKEWED, UNSURE = "clock.skewed", "clock.unsure"
_PROOF_DIGITS = 32


def clock_proof(key: bytes, device_id: str, server_at: datetime) -> str:
    """The server's proof that it told a till a moment: 32 hexadecimal digits of an HMAC-SHA256."""
    said = f"till clock v1\0{device_id}\0{server_at.astimezone(UTC).isoformat()}".encode()
    return hmac.digest(key, said, "sha256").hex()[:_PROOF_DIGITS]


def moment_of(request: Request, key: bytes, now: datetime) -> tuple[datetime, str]:
    """The moment that counts, and a code when it is not simply the till's own.

    ``clock.skewed``: the till's clock was off by more than ten minutes from the server time it could reckon.
    ``clock.unsure``: an offline till could not say; its own clock counts, but never a moment still to come.
    """
    note, at = request.clock, request.occurred_at
    if note is None or not _proven(request, note, key):
        if not _offline(request):
            return at, ""
        return min(at, now), UNSURE
    reckoned = note.server_at + timedelta(milliseconds=note.elapsed_ms)
    return min(reckoned, now), "" if abs(at - reckoned) <= TOLERANCE else SKEWED


def _offline(request: Request) -> bool:
    if isinstance(request, ReversalRequest):
        return request.offline
    return isinstance(request.offline, OfflineNote)


def _proven(request: Request, note: ClockNote, key: bytes) -> bool:
    return hmac.compare_digest(note.proof, clock_proof(key, request.device_id, note.server_at))
