"""Open a console as a person would: first link, account, queue. It is done on a copy.

`printwarden demo` says with it that the console it leaves behind opens, before anybody tries.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import requests

from web.auth.secret import new_secret
from web.benchmarks.server import Server
from web.db import Database
from web.first_start import prepare
from web.settings import Settings

NAME = re.compile(r'<div class="name"><a [^>]*>([^<]+)</a>')
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
PATIENCE_S = 300.0  # of a busy machine


def queue_of(state: Path) -> list[str]:
    """The names that the first page shows to who opens the console of *state*, newest first.

    Raises requests.HTTPError when a page refuses, RuntimeError when the console does not start.
    """
    with tempfile.TemporaryDirectory(prefix="printwarden-") as folder:
        copy = Path(folder)
        shutil.copy(state / "console.db", copy / "console.db")
        with Server(copy) as server:
            return _queue(server.url, _first_link(copy, server.url))


def _first_link(state: Path, url: str) -> str:
    settings = Settings(state=state, public_url=url)
    database = Database(settings.database_url)
    try:
        return prepare(database, settings)[0][1]
    finally:
        database.close()


def _queue(url: str, link: str) -> list[str]:
    with requests.Session() as browser:
        token = TOKEN.search(_page(browser, link))
        if token is None:
            raise RuntimeError(f"{link} shows no form")
        form = {"login": "guest", "name": "Guest", "password": new_secret()}
        made = browser.post(link, form | {"csrf_token": token[1]}, timeout=PATIENCE_S)
        made.raise_for_status()
        return NAME.findall(_page(browser, f"{url}/jobs?state=all"))


def _page(browser: requests.Session, address: str) -> str:
    answer = browser.get(address, timeout=PATIENCE_S)
    answer.raise_for_status()
    return answer.text
