"""The names that our plugin imports from OctoPrint, so that it runs where OctoPrint is not.

Written from OctoPrint's plugin documentation; bodies do the least that the plugin relies on.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

PLUGIN = Path(__file__).parents[3] / "integrations" / "octoprint"
MIXINS = (
    "StartupPlugin ShutdownPlugin SettingsPlugin AssetPlugin TemplatePlugin EventHandlerPlugin"
    " SimpleApiPlugin"
)
EVENTS = {
    "PRINT_STARTED": "PrintStarted",
    "PRINT_DONE": "PrintDone",
    "PRINT_FAILED": "PrintFailed",
    "PRINT_CANCELLING": "PrintCancelling",
    "PRINT_CANCELLED": "PrintCancelled",
    "POSITION_UPDATE": "PositionUpdate",
    "CONNECTED": "Connected",
    "DISCONNECTED": "Disconnected",
}


class StorageError(Exception):
    """As octoprint.filemanager.storage.StorageError."""

    INVALID_FILE = "invalid_file"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class AbstractFileWrapper:
    """As octoprint.filemanager.util.AbstractFileWrapper."""

    def __init__(self, filename: str) -> None:
        self.filename = filename


def _valid_file_type(path: str, type: str) -> bool:  # noqa: A002 (its name there)
    assert type == "machinecode"
    return path.endswith((".gcode", ".gco", ".g"))


MODULES: dict[str, dict[str, Any]] = {
    "octoprint": {},
    "octoprint.plugin": {name: type(name, (), {}) for name in MIXINS.split()},
    "octoprint.events": {"Events": type("Events", (), EVENTS)},
    "octoprint.access": {"ADMIN_GROUP": "admins"},
    "octoprint.access.permissions": {"Permissions": type("Permissions", (), {})},
    "octoprint.server": {"current_user": None},
    "octoprint.filemanager": {"valid_file_type": _valid_file_type},
    "octoprint.filemanager.storage": {"StorageError": StorageError},
    "octoprint.filemanager.util": {"AbstractFileWrapper": AbstractFileWrapper},
}


def plugin_class() -> Any:
    """Our plugin's class."""
    for name, content in MODULES.items():
        if name not in sys.modules:
            module = sys.modules[name] = ModuleType(name)
            vars(module).update(content)
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], last, module)
    if str(PLUGIN) not in sys.path:
        sys.path.insert(0, str(PLUGIN))
    return importlib.import_module("octoprint_printwarden.plugin").PrintwardenPlugin
