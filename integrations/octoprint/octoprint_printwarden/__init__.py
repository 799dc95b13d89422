# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""OctoPrint-Printwarden: no job starts, or goes on, without the word of a guard on this host."""

from typing import Any

__plugin_name__ = "Printwarden"
__plugin_pythoncompat__ = ">=3.9,<4"
__plugin_privacypolicy__ = "No job and nothing about it leaves this host through this plugin."
__plugin_implementation__: Any = None
__plugin_hooks__: Any = None

LAST = 100_000
"""Our place among hooks: what others rewrote is what is printed, so we come after them."""


def __plugin_load__() -> None:  # noqa: N807 - OctoPrint's name
    """Called by OctoPrint, which is there by now."""
    global __plugin_implementation__, __plugin_hooks__  # noqa: PLW0603 - OctoPrint's way
    from octoprint_printwarden.plugin import PrintwardenPlugin

    plugin = PrintwardenPlugin()
    __plugin_implementation__ = plugin
    __plugin_hooks__ = {
        "octoprint.filemanager.preprocessor": (plugin.preprocess, LAST),
        "octoprint.comm.protocol.scripts": (plugin.before_script, LAST),
        "octoprint.comm.protocol.gcode.queuing": (plugin.queuing, LAST),
        "octoprint.comm.protocol.gcode.sending": (plugin.sending, LAST),
        "octoprint.access.permissions": plugin.additional_permissions,
        "octoprint.events.register_custom_events": plugin.custom_events,
    }
