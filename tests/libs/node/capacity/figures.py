"""Figures as the bench prints them, of a machine of easy numbers."""

from typing import Any

CPU_MS = {"client": 0.2, "gateway": 0.8, "governance": 1.0, "nats": 0.4, "postgres": 0.04}


def bench() -> dict[str, Any]:
    """Return what `plaanet bench --json` might print, as far as the simulation reads it."""
    bare = {"per_s": 5000, "p50_ms": 0.5}
    return {
        "machine": {"cores": 2},
        "rebuild": {"per_s": 10_000},
        "recount": {"per_s": 25_000},
        "ballots_one_by_one": _row(1, 500, per_s=330, p50_ms=3.0, p99_ms=5.0, bare=bare),
        "ballots_many_at_once": _row(64, 10_000, per_s=800, p50_ms=80.0, p99_ms=150.0, bare=bare),
    }


def _row(at_once: int, number: int, *, bare: dict[str, Any], **figures: float) -> dict[str, Any]:
    return {"at_once": at_once, "number": number, **figures, "ceiling": bare, "cpu_ms_per_ballot": dict(CPU_MS)}
