# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin itself: what OctoPrint calls, each callback ending in the safe action.

OctoPrint logs what a hook raises and goes on printing, so nothing may leave a callback of ours:
whatever goes wrong, the job is put on hold.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import octoprint.plugin
from octoprint.events import Events

from octoprint_printwarden.attempt import ALLOWED, FILE, HELD, SD, STREAM, Attempt
from octoprint_printwarden.findings import Findings
from octoprint_printwarden.guard import Address, Guard
from octoprint_printwarden.host import RUNNING, Host
from octoprint_printwarden.keeper import DROP, Keeper
from octoprint_printwarden.link import Link, Order
from octoprint_printwarden.pages import Pages
from octoprint_printwarden.stopping import BY_VERB, cancel, pause
from octoprint_printwarden.uploads import Uploads

OVER = {
    Events.PRINT_DONE: "done",
    Events.PRINT_CANCELLED: "cancelled",
    Events.PRINT_FAILED: "failed",
}


class PrintwardenPlugin(
    Pages,
    octoprint.plugin.StartupPlugin,  # type: ignore[misc]
    octoprint.plugin.ShutdownPlugin,  # type: ignore[misc]
    octoprint.plugin.EventHandlerPlugin,  # type: ignore[misc]
):
    """Holds, watches and stops on the guard's word."""

    keeper: Keeper
    link: Link
    uploads: Uploads

    def initialize(self) -> None:
        """Made before any job can start: from here on nothing passes by itself."""
        self.guard = Guard(self._address)
        self.link = Link(self.guard, self.obey, self.watch, self._logger)
        self.keeper = Keeper(Host(self._printer), self.link.offer)
        self.uploads = Uploads(
            self.link,
            Path(self.get_plugin_data_folder()),
            lambda: self._settings.get_float(["upload_wait_s"]),
        )
        self.findings = Findings(self._tell_browsers, self._event_bus.fire)
        self._lost = False

    def _address(self) -> Address:
        get = self._settings.get
        return Address(get(["guard_url"]), get(["printer"]), get(["token_file"]))

    def on_after_startup(self) -> None:
        """Begin to speak with the guard."""
        self.link.start(self.keeper)

    def on_shutdown(self) -> None:
        """Let go of the guard."""
        self.link.end()

    # -- what OctoPrint asks before something goes its way --

    def preprocess(self, path: str, file_object: Any, *_: Any, **__: Any) -> Any:
        """Hook octoprint.filemanager.preprocessor."""
        try:
            if self._settings.get_boolean(["check_uploads"]):
                return self.uploads.wrapped(path, file_object)
        except Exception:  # stored unseen; held when it is to be printed
            self._logger.exception("an upload could not be looked at: %s", path)
        return file_object

    def before_script(self, comm: Any, kind: str, name: str, *_: Any, **__: Any) -> None:
        """Hook octoprint.comm.protocol.scripts: runs in the call that starts or resumes a job."""
        try:
            if name == "beforePrintStarted":
                self._starting()
            elif name == "beforePrintResumed":
                self._resuming()
        except Exception:
            self._logger.exception("the job is held: it could not be looked at")
            self.findings.add("held", "Printwarden could not look at this job")
            self.keeper.hold()

    def queuing(
        self, comm: Any, phase: str, cmd: str, cmd_type: Any, gcode: Any, *_: Any, **more: Any
    ) -> Any:
        """Hook octoprint.comm.protocol.gcode.queuing, on every line: a few microseconds."""
        try:
            return self.keeper.line(cmd, gcode, more.get("tags"))
        except Exception:
            self._logger.exception("the job is held: a line could not be passed")
            self.keeper.hold()
            return None if self.keeper.open else DROP

    def sending(
        self, comm: Any, phase: str, cmd: str, cmd_type: Any, gcode: Any, *_: Any, **more: Any
    ) -> Any:
        """Hook octoprint.comm.protocol.gcode.sending, on every line."""
        try:
            return self.keeper.leaving(cmd, gcode, more.get("tags"))
        except Exception:
            self._logger.exception("a line was swallowed: nobody knows whether it may pass")
            return DROP

    def _starting(self) -> None:
        job = self._printer.get_current_job()["file"]
        local = job["origin"] != "sdcard"
        path = self._file_manager.path_on_disk("local", job["path"]) if local else None
        self.keeper.starting(job["path"], FILE if local else SD, path)
        if local:
            self.findings.add("checking", "is being looked at", job["path"])

    def _resuming(self) -> None:
        """Somebody resumes what the guard paused: it stays on hold until the guard agrees."""
        attempt = self.keeper.attempt
        if attempt is not None and attempt.paused:
            self.keeper.host.hold(attempt.id)
            self.findings.add("held", f"not resumed: {attempt.reason}", attempt.name)

    # -- what OctoPrint tells afterwards --

    def on_event(self, event: str, payload: Any) -> None:
        """EventHandlerPlugin."""
        try:
            self._on_event(event, payload or {})
        except Exception:
            self._logger.exception("event %s", event)

    def _on_event(self, event: str, payload: dict[str, Any]) -> None:
        """Events come late: by now the next job may have begun, which they do not concern."""
        attempt = self.keeper.attempt
        job = attempt.id if attempt is not None else None
        if event == Events.PRINT_CANCELLING and attempt is not None:
            self.keeper.host.lift_when_over(attempt.id)  # else "Cancelling" for ever
        elif event in OVER and attempt is not None and self.keeper.host.state() not in RUNNING:
            if attempt.route != STREAM and attempt.begun:  # else it tells of the start we undid
                self.link.report("ended", job, how=OVER[event])
                self.keeper.over(attempt)
                self.keeper.host.lift(attempt.id)
        elif event == Events.PRINT_STARTED and payload.get("origin") == "sdcard":
            self.link.report("sd", job, name=payload.get("path"))
        elif event == Events.POSITION_UPDATE:
            self.link.report("at_rest", job, reason=payload.get("reason"))
        elif event == Events.DISCONNECTED:
            self.keeper.host.disconnected()
            self.link.report("disconnected", job)
        elif event == Events.CONNECTED:
            self.link.report("connected", job)

    # -- what the guard says --

    def obey(self, order: Order) -> None:
        """Carry out one order; raising leaves the job on hold."""
        verb, job = order["verb"], order["job"]
        self.link.report("obeyed", job, seq=order["seq"], verb=verb, done=self._done(order))

    def _done(self, order: Order) -> bool:
        """Carry it out; whether it concerned a job that is there."""
        verb, job, reason = order["verb"], str(order["job"]), order.get("reason") or ""
        if self.uploads.answered(job, verb, reason):
            self.findings.add("upload", reason or verb)
            return True
        attempt = self.keeper.mine(job) or self.keeper.sd_waiting
        name = attempt.name if attempt is not None else ""
        if verb == "say":
            self.findings.say(reason)
            waiting = self.keeper.attempt or self.keeper.sd_waiting
            if waiting is not None and waiting.state == HELD:
                self.findings.add("held", reason, waiting.name)
            self.keeper.host.send([f"M117 {reason}"[:64]])
            return True
        if verb == "adopt":
            return self.keeper.adopt(job, order["name"], order["route"])
        self.findings.add(verb, reason, name)
        if verb == "allow":
            return self.keeper.allow(job, order.get("sha256"))
        return BY_VERB[verb](self.keeper, job, reason)

    # -- the guard is silent, or a file is not what it was --

    def watch(self, silent_s: float) -> None:
        """Called ten times a second with how long the guard has not answered."""
        keeper, attempt = self.keeper, self.keeper.attempt
        keeper.calm()
        if keeper.changed() and attempt is not None:
            self.findings.add("held", "its file changed while it was printed", attempt.name)
            changed = keeper.rebind(attempt.id, uuid.uuid4().hex)
            if changed is not None:
                self.link.offer(changed)
        lost = silent_s > self._settings.get_float(["lost_after_s"]) or keeper.outgoing.overdue()
        if lost and not self._lost:
            self._lost = True
            self._guard_lost(attempt)
        elif self._lost and not lost:
            self._lost = False
            self._guard_back(attempt)

    def _guard_lost(self, attempt: Attempt | None) -> None:
        """The owner's choice for a job that is running; one that waits goes on waiting."""
        if attempt is None:
            return
        choice = self._settings.get(["when_lost"]) if attempt.state == ALLOWED else "hold"
        reason = "the guard does not answer"
        self.findings.add("held" if choice == "hold" else choice, reason, attempt.name)
        self._logger.warning("%s: %s, so: %s", attempt.name, reason, choice)
        if choice == "cancel":
            cancel(self.keeper, attempt.id, reason)
        elif choice == "pause" and self.keeper.host.state() in RUNNING:
            pause(self.keeper, attempt.id, reason)
            attempt.paused = False  # for want of a guard only: once it is back, anyone may resume

    def _guard_back(self, attempt: Attempt | None) -> None:
        if attempt is not None and attempt.state == ALLOWED and not attempt.paused:
            self.keeper.host.lift(attempt.id)
        self.findings.add("guard", "the guard answers again")

    def _tell_browsers(self, message: dict[str, Any]) -> None:
        self._plugin_manager.send_plugin_message(self._identifier, message)
