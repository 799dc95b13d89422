"""A console on a fresh database, with a site, its people, and browsers signed in as them."""

import re
import shutil

import pytest
from argon2 import PasswordHasher

from tests.web.people import PASSWORD
from web import clock
from web.app import create_app
from web.auth import passwords, people
from web.db import Database
from web.migrations.upgrade import upgrade
from web.models.people import Role, User
from web.settings import Settings


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A migrated database to copy: migrating takes longer than a test."""
    path = tmp_path_factory.mktemp("console") / "console.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    monkeypatch.setattr(
        passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )


@pytest.fixture
def settings(tmp_path):
    return Settings(state=tmp_path, rate_limits=False)


@pytest.fixture
def database(settings, empty_database):
    shutil.copy(empty_database, settings.state / "console.db")
    database = Database(settings.database_url)
    yield database
    database.close()


@pytest.fixture
def app(settings, database):
    app = create_app(settings, database)
    app.config["TESTING"] = True
    return app


@pytest.fixture
def site(database):
    with database.writing() as session:
        site, _ = people.found_site(session, "Makerspace")
        return site.id


@pytest.fixture
def other_site(database):
    with database.writing() as session:
        return people.found_site(session, "Elsewhere")[0].id


@pytest.fixture
def person(database, site):
    """Make a person of the site (or of another): `person("ann", Role.REVIEWER)` -> id."""

    def make(login, role=Role.REVIEWER, *, of=None):
        with database.writing() as session:
            user = User(
                site_id=of or site,
                login=login,
                name=login.title(),
                role=role,
                password_hash=passwords.keep(PASSWORD),
                created_at=clock.now(),
            )
            session.add(user)
            session.flush()
            return user.id

    return make


class Browser:
    """A test client that fills in forms as a browser would, with their tokens."""

    def __init__(self, client):
        self.client = client

    def get(self, path, **more):
        return self.client.get(path, **more)

    def token(self, path="/sign-in"):
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get(path).text)
        return found[1]

    def post(self, path, data=None, *, page="/account", **more):
        return self.client.post(path, data={"csrf_token": self.token(page), **(data or {})}, **more)

    def sign_in(self, login, password=PASSWORD):
        return self.post("/sign-in", {"login": login, "password": password}, page="/sign-in")


@pytest.fixture
def browser(app):
    return Browser(app.test_client())


@pytest.fixture
def signed_in(app, person):
    """A browser of a new person: `signed_in(Role.VIEWER)`."""

    def make(role=Role.REVIEWER, login=None, *, of=None):
        login = login or f"{role}-{of or 'here'}"[:40]
        person(login, role, of=of)
        browser = Browser(app.test_client())
        assert browser.sign_in(login).status_code == 303
        return browser

    return make


@pytest.fixture
def move_clock(monkeypatch):
    """Let the console's clock go forward by some seconds."""
    moved = [0.0]
    import time

    real = time.time
    monkeypatch.setattr(clock.time, "time", lambda: real() + moved[0])

    def move(seconds):
        moved[0] += seconds

    return move
