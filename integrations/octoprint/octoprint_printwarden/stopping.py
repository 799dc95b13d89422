# Copyright (C) 2026 the Printwarden authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a job is stopped and goes on again, by level. Each returns whether the job was there."""

from __future__ import annotations

from octoprint_printwarden.attempt import ALLOWED, SD, STOPPED, STREAM
from octoprint_printwarden.host import AT_REST, COOL
from octoprint_printwarden.keeper import Keeper


def hold(keeper: Keeper, job: str, reason: str) -> bool:
    """Nothing more leaves, and nothing is dropped either."""
    attempt = keeper.mine(job)
    if attempt is None:
        return False
    keeper.host.hold(attempt.id)
    attempt.reason = reason
    if attempt.route == STREAM:
        keeper.stop_stream()
    return True


def pause(keeper: Keeper, job: str, reason: str) -> bool:
    """Pause without dropping a line, so that it can go on."""
    attempt = keeper.mine(job)
    if attempt is None:
        return False
    attempt.reason = reason
    attempt.paused = True
    if attempt.route == STREAM:
        keeper.stop_stream()
        keeper.host.send(AT_REST)
    else:
        keeper.host.pause(attempt.id)
    return True


def cancel(keeper: Keeper, job: str, reason: str) -> bool:
    """End a job and cool down. A line caught on its way is dropped: the gate is shut first."""
    with keeper.mutex:
        if keeper.sd_waiting is not None and keeper.sd_waiting.id == job:
            keeper.sd_waiting = None
            return True
        attempt = keeper.mine(job)
        if attempt is None:
            return False
        keeper.open = None
        attempt.state, attempt.reason = STOPPED, reason
    if attempt.route == SD:
        keeper.host.send(["M524"], force=True)  # empties the queue too; old firmware ignores it
    if attempt.route == STREAM:
        keeper.stop_stream()
    else:
        keeper.host.cancel(attempt.id)
    keeper.host.send((*COOL, *AT_REST))
    return True


def quickstop(keeper: Keeper, job: str, reason: str) -> bool:
    """Throw away what the planner holds, then as `cancel`."""
    attempt = keeper.mine(job)
    if attempt is None:
        return False
    keeper.host.hold(attempt.id)
    keeper.host.send(["M410"], force=True)
    return cancel(keeper, job, reason)


def emergency(keeper: Keeper, job: str, reason: str) -> bool:
    """The firmware's kill, past everything that waits. OctoPrint closes the port."""
    attempt = keeper.mine(job)
    if attempt is None:
        return False
    keeper.open = None
    attempt.state, attempt.reason = STOPPED, reason
    keeper.host.send(["M112"], force=True)
    return True


def resume(keeper: Keeper, job: str, reason: str) -> bool:
    """Go on after `pause` or `hold`; never with a job that was not allowed once."""
    attempt = keeper.mine(job)
    if attempt is None or attempt.state != ALLOWED:
        return False
    attempt.reason, attempt.paused = reason, False
    keeper.stream_stopped = False
    if attempt.route != STREAM:
        keeper.host.resume()
        keeper.host.lift(attempt.id)
    return True


BY_VERB = {
    "refuse": cancel,
    "hold": hold,
    "pause": pause,
    "cancel": cancel,
    "quickstop": quickstop,
    "emergency": emergency,
    "resume": resume,
}
