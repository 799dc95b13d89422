# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people see of the plugin: its settings, its tab, and who may release a held job."""

from __future__ import annotations

import contextlib
from typing import Any

import flask
import octoprint.plugin
from octoprint.access import ADMIN_GROUP
from octoprint.access.permissions import Permissions
from octoprint.server import current_user

from octoprint_printwarden.attempt import Attempt
from octoprint_printwarden.findings import EVENTS, Findings
from octoprint_printwarden.guard import Guard, GuardGone, GuardRefused
from octoprint_printwarden.keeper import Keeper
from octoprint_printwarden.link import Link

SHOWN = ("reason", "finding", "verdict", "weapon_score", "stage", "sheet")
"""Of what the guard says of a job: what the tab shows."""


class Pages(
    octoprint.plugin.SettingsPlugin,  # type: ignore[misc]
    octoprint.plugin.AssetPlugin,  # type: ignore[misc]
    octoprint.plugin.TemplatePlugin,  # type: ignore[misc]
    octoprint.plugin.SimpleApiPlugin,  # type: ignore[misc]
):
    """The half of the plugin that no print depends on."""

    guard: Guard
    keeper: Keeper
    link: Link
    findings: Findings

    def get_settings_defaults(self) -> dict[str, Any]:
        """SettingsPlugin."""
        return {
            "guard_url": "http://127.0.0.1:8733",
            "printer": "octoprint",
            "token_file": "/etc/printwarden/octoprint.token",
            "check_uploads": True,
            "upload_wait_s": 20.0,
            "lost_after_s": 15.0,
            "when_lost": "pause",
        }

    def get_settings_restricted_paths(self) -> dict[str, Any]:
        """What only administrators see."""
        return {"admin": [["guard_url"], ["token_file"]]}

    def get_template_configs(self) -> list[dict[str, Any]]:
        """TemplatePlugin."""
        return [
            {"type": "settings", "name": "Printwarden", "custom_bindings": False},
            {"type": "tab", "name": "Printwarden", "custom_bindings": True},
        ]

    def is_template_autoescaped(self) -> bool:
        """Names of files are other people's words."""
        return True

    def get_assets(self) -> dict[str, list[str]]:
        """AssetPlugin."""
        return {"js": ["js/printwarden.js"], "css": ["css/printwarden.css"]}

    def is_api_protected(self) -> bool:
        """SimpleApiPlugin: people who are logged in only."""
        return True

    def get_api_commands(self) -> dict[str, list[str]]:
        """What the tab asks for."""
        return {"release": ["why"], "cancel": ["why"]}

    def on_api_get(self, request: Any) -> Any:
        """The tab's content; with `picture`, what the job looks like to the guard."""
        attempt = self.keeper.attempt or self.keeper.sd_waiting
        if attempt is not None and "picture" in request.args:
            return self._picture(attempt)
        said = {} if attempt is None else self._said_of(attempt)
        return flask.jsonify(
            job=None if attempt is None else {**attempt.described(), **said},
            findings=self.findings.all(),
            trouble=self.link.trouble,
            may_release=Permissions.PLUGIN_PRINTWARDEN_OVERRIDE.can(),
        )

    def _said_of(self, attempt: Attempt) -> dict[str, Any]:
        """What the guard knows of it, beside what we know."""
        with contextlib.suppress(GuardGone, GuardRefused):
            for printer in self.guard.get("/v1/status", 2.0)["printers"]:
                for job in printer["jobs"]:
                    if job["id"] == attempt.id:
                        return {key: job.get(key) for key in SHOWN}
        return {"reason": attempt.reason}

    def _picture(self, attempt: Attempt) -> Any:
        try:
            png = self.guard.picture(f"/v1/jobs/{attempt.id}/sheet")
        except (GuardGone, GuardRefused):
            return flask.abort(404)
        return flask.Response(png, mimetype="image/png")

    def on_api_command(self, command: str, data: dict[str, Any]) -> Any:
        """Somebody releases the job that is held, or cancels it: the guard decides and records."""
        if not Permissions.PLUGIN_PRINTWARDEN_OVERRIDE.can():
            return flask.abort(403)
        attempt = self.keeper.attempt or self.keeper.sd_waiting
        if attempt is None:
            return flask.abort(409, "no job is held")
        body = {"by": current_user.get_name(), "why": str(data["why"])[:500]}
        try:
            return flask.jsonify(self.guard.post(f"/v1/jobs/{attempt.id}/{command}", body))
        except (GuardGone, GuardRefused) as error:
            return flask.abort(502, str(error))

    def additional_permissions(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        """Hook octoprint.access.permissions."""
        return [
            {
                "key": "OVERRIDE",
                "name": "Release held jobs",
                "description": "Allows to print a job that Printwarden holds",
                "roles": ["override"],
                "dangerous": True,
                "default_groups": [ADMIN_GROUP],
            }
        ]

    def custom_events(self, *_: Any, **__: Any) -> list[str]:
        """Hook octoprint.events.register_custom_events."""
        return list(EVENTS)
