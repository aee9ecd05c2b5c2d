"""The measures in the text that Prometheus reads, by its own client library."""

from __future__ import annotations

from agent_session.core.errors import InvalidValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from prometheus_client.core import GaugeMetricFamily

_GAUGES = {
    "resume_rate": "Delegations that resumed a session, of all of them.",
    "resume_success_rate": "Resumed sessions that ended completed, of those that ended.",
    "error_rate": "Sessions with errors, of all of them.",
    "storage_bytes": "What the store takes.",
}
_SPREADS = {
    "duration_seconds": "From the creation of a session to its end.",
    "time_to_decision_seconds": "From a request to its answer.",
}
_QUANTILES = {"median": "0.5", "p95": "0.95"}


def content_type() -> str:
    """As the answer of a server says it."""
    return str(_library().CONTENT_TYPE_LATEST)


def exposition(report: Mapping[str, Any]) -> bytes:
    """*report*, of `Measures`, as gauges; what has no value is left out. InvalidValueError
    where the library is not installed.
    """
    library = _library()
    registry = library.CollectorRegistry(auto_describe=False)
    registry.register(_Collector(report))
    text: bytes = library.generate_latest(registry)
    return text


def _library() -> Any:
    try:
        import prometheus_client
    except ImportError:
        raise InvalidValueError(
            "the text of Prometheus needs the extra `prometheus`: "
            "pip install 'agent-session[prometheus]'"
        ) from None
    return prometheus_client


class _Collector:
    """What the library asks for the metrics."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self._report = report

    def collect(self) -> Iterator[GaugeMetricFamily]:
        from prometheus_client.core import GaugeMetricFamily

        def gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
            return GaugeMetricFamily(f"agent_session_{name}", words, labels=labels)

        for name, words in _GAUGES.items():
            if self._report[name] is not None:
                family = gauge(name, words)
                family.add_metric([], self._report[name])
                yield family
        for name, words in _SPREADS.items():
            family = gauge(name, words, "quantile")
            for word, quantile in _QUANTILES.items():
                if self._report[name][word] is not None:
                    family.add_metric([quantile], self._report[name][word])
            yield family
        yield from self._counts(gauge)

    def _counts(self, gauge: Any) -> Iterator[GaugeMetricFamily]:
        counts = self._report["counts"]
        family = gauge("delegations", "Delegations that were checked, by the reason.", "reason")
        for reason, count in counts["delegations_by_reason"].items():
            family.add_metric([reason], count)
        yield family
        family = gauge("approvals", "Approvals, by status and strength.", "status", "strength")
        for status, by_strength in self._report["approvals"].items():
            for strength, count in by_strength.items():
                family.add_metric([status, strength], count)
        yield family
        family = gauge("sessions", "Sessions that were created.")
        family.add_metric([], counts["sessions"])
        yield family
