"""A city's day under load: people report, staff look at lists and dashboards.

    RATE_LIMIT_PER_MINUTE=1000000 make run
    WARDLINE_KEY=wl_… .venv/bin/locust -f locustfiles/city.py --headless --users 50 --spawn-rate 10 --run-time 60s \
        --host http://127.0.0.1:8000

`WARDLINE_KEY` holds one key or several, separated by commas, which the simulated users take in turn. Limits are per
key: raise the limit, or bring a key for each user; a 429 counts as an error. One kind of user alone: name its class at
the end of the command (`ReportingCitizen`, `ListReader`, `DashboardViewer`). Locust exits with 1 when anything failed.
"""

import itertools
import os
import random
import uuid

from locust import HttpUser, between, events, task
from locust.env import Environment

_keys = [key.strip() for key in os.environ.get("WARDLINE_KEY", "").split(",") if key.strip()]
_turns = itertools.cycle(_keys or [""])

_SENTENCES = (
    "Deep pothole in the right lane, a cyclist nearly fell",
    "Street light has been dark for three nights",
    "Rubbish was not collected this week and attracts rats",
    "Loud music from a building site after eleven at night",
    "Graffiti on the wall of the school",
    "Traffic signal stays red in all directions",
    "Broken swing in the playground, sharp edges",
    "Water runs from a burst main over the pavement",
)


@events.test_start.add_listener
def require_a_key(environment: Environment, **_: object) -> None:
    """Stop before the first request when no key was given: thousands of 401s would say nothing."""
    if not _keys:
        raise SystemExit("WARDLINE_KEY is not set: `make run` prints a key")


class CityUser(HttpUser):
    """Somebody with a key, who thinks for a moment between two requests."""

    abstract = True
    wait_time = between(0.5, 2.0)

    def on_start(self) -> None:
        """Take a key."""
        self.client.headers["Authorization"] = f"Bearer {next(_turns)}"


class ReportingCitizen(CityUser):
    """Submits reports around the demo city's centre, each with an Idempotency-Key of its own."""

    weight = 5

    @task
    def submit(self) -> None:
        """Send one report."""
        report = {
            "description": f"{random.choice(_SENTENCES)} ({random.randrange(1_000_000)})",
            "lat": 42.36 + random.gauss(0, 0.02),
            "lng": -71.06 + random.gauss(0, 0.02),
        }
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        self.client.post("/api/v1/reports/", json=report, headers=headers, name="POST /api/v1/reports/")


class ListReader(CityUser):
    """Reads lists: mostly the first page, sometimes a filter, sometimes on to the next page."""

    weight = 70

    def on_start(self) -> None:
        """Start on the first page."""
        super().on_start()
        self.cursor = ""

    @task(6)
    def first_page(self) -> None:
        """Read the newest reports."""
        self._read("/api/v1/reports/", {"page_size": "50"})

    @task(2)
    def next_page(self) -> None:
        """Go on where the last page ended."""
        self._read("/api/v1/reports/", {"page_size": "50", "cursor": self.cursor})

    @task(2)
    def open_issues(self) -> None:
        """Read the open issues."""
        self.client.get("/api/v1/issues/", params={"status": "open"}, name="GET /api/v1/issues/?status=open")

    def _read(self, path: str, parameters: dict[str, str]) -> None:
        with self.client.get(path, params=parameters, name=f"GET {path}", catch_response=True) as response:
            if response.status_code == 200:
                self.cursor = response.json()["next"] or ""
            response.raise_for_status()


class DashboardViewer(CityUser):
    """Watches the figures."""

    weight = 25

    @task
    def dashboard(self) -> None:
        """Read the dashboard's figures."""
        self.client.get("/api/v1/dashboard/", name="GET /api/v1/dashboard/")
