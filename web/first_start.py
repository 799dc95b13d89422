"""Make a console ready: its tables, its first site, and the link that makes its administrator."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.auth import one_time, people
from web.db import Database
from web.migrations.upgrade import upgrade
from web.models.people import Purpose, Site
from web.settings import Settings

FIRST_SITE = "Printwarden"


def prepare(database: Database, settings: Settings) -> list[tuple[str, str]]:
    """(site, link) of each site that has no administrator yet; older links work no longer."""
    upgrade(database)
    with database.writing() as session:
        if session.scalar(select(Site.id).limit(1)) is None:
            people.found_site(session, FIRST_SITE)
        return [
            (site.name, link(settings, _secret(session, site)))
            for site in people.without_administrator(session)
        ]


def link(settings: Settings, secret: str) -> str:
    """The address at which an administrator is made."""
    return f"{settings.public_url}/start/{secret}"


def _secret(session: Session, site: Site) -> str:
    return one_time.issue(session, site.id, Purpose.FIRST_ADMINISTRATOR)
