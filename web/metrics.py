"""`/healthz` for who restarts the console, `/metrics` for Prometheus: counts, never names."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text

from web.api import identity
from web.clock import now
from web.db import EXTENSION, Database, session
from web.fleet.live import SILENT_S
from web.models.fleet import Guard
from web.models.jobs import OPEN, Job
from web.models.records import Delivery

bp = Blueprint("metrics", __name__)
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
NAMES = {
    "printwarden_jobs_waiting": "Jobs that wait for a person.",
    "printwarden_guards": "Guards that hold a key.",
    "printwarden_guards_silent": "Guards not heard of for five minutes.",
    "printwarden_deliveries_waiting": "Messages that still have to go out.",
}
EXTENSION_NAME = "printwarden-metrics"


class State(Collector):
    """Figures that are counted in the database when somebody asks."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def collect(self) -> Iterator[Metric]:
        """A gauge a row of `NAMES`."""
        keys = Guard.revoked_at.is_(None)
        heard = Guard.seen_at >= now() - SILENT_S
        counts = (
            select(func.count()).select_from(Job).where(Job.state.in_(OPEN)),
            select(func.count()).select_from(Guard).where(keys),
            select(func.count()).select_from(Guard).where(keys, ~func.coalesce(heard, False)),
            select(func.count()).select_from(Delivery).where(Delivery.done_at.is_(None)),
        )
        with self.database.session() as reader:
            for (name, words), query in zip(NAMES.items(), counts, strict=True):
                yield GaugeMetricFamily(name, words, value=reader.scalar(query) or 0)


def install(app: Flask) -> None:
    """Count and time every request; a registry an application."""
    registry = CollectorRegistry()
    registry.register(State(app.extensions[EXTENSION]))
    seconds = Histogram(
        "printwarden_request_seconds", "Time to answer.", ["endpoint"], buckets=BUCKETS,
        registry=registry,
    )  # fmt: skip
    answers = Counter(
        "printwarden_answers_total", "Answers.", ["endpoint", "status"], registry=registry
    )
    app.extensions[EXTENSION_NAME] = registry
    app.before_request(_begin)

    @app.after_request
    def _count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        took_s = time.perf_counter() - g.get("began", time.perf_counter())
        seconds.labels(endpoint).observe(took_s)
        answers.labels(endpoint, str(response.status_code)).inc()
        response.headers["Server-Timing"] = f"app;dur={1000 * took_s:.1f}"
        return response


@bp.get("/healthz")
def health() -> ResponseReturnValue:
    """Whether the database answers."""
    session().execute(text("SELECT 1"))
    return jsonify(status="ok")


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """For this host, for a key with the scope `metrics`, or for all if the settings say so."""
    if not (current_app.config["PRINTWARDEN"].metrics_open or _from_here()):
        identity.require("metrics")
    registry: CollectorRegistry = current_app.extensions[EXTENSION_NAME]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _begin() -> None:
    g.began = time.perf_counter()


def _from_here() -> bool:
    """Asked by this host itself; behind a proxy everybody seems to be."""
    if current_app.config["PRINTWARDEN"].proxies:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
