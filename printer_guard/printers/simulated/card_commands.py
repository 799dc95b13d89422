"""Commands for the SD card. They take the text after the code: mostly the name of a file."""

from __future__ import annotations

from printer_guard.printers.marlin.words import card_name, words_of
from printer_guard.printers.simulated.faults import Fault
from printer_guard.printers.simulated.machine import Machine


async def list_files(machine: Machine, text: str) -> None:
    """M20."""
    del text
    machine.say("Begin file list")
    for name, data in sorted(machine.card.files.items()):
        machine.say(f"{name.upper()} {len(data)}")
    machine.say("End file list")


async def mounted(machine: Machine, text: str) -> None:
    """M21."""
    del text
    machine.say("SD card ok")


async def select(machine: Machine, text: str) -> None:
    """M23."""
    name = text.strip()
    machine.say(f"Now fresh file: {name}")
    if machine.card.select(name):
        machine.say(f"File opened: {name} Size: {machine.card.size}")
        machine.say("File selected")
    else:
        machine.say(f"open failed, File: {name}.")


async def start(machine: Machine, text: str) -> None:
    """M24: start, or go on."""
    del text
    machine.card.printing = machine.card.selected is not None


async def pause(machine: Machine, text: str) -> None:
    """M25: what is planned still runs."""
    del text
    if not machine.faults.strikes(Fault.DEAF_STOP):
        machine.card.printing = False


async def move_in_file(machine: Machine, text: str) -> None:
    """M26."""
    machine.card.position = int(words_of(text.encode()).get("S", 0))


async def progress(machine: Machine, text: str) -> None:
    """M27, with C the name of the file instead."""
    card = machine.card
    if text.strip().upper() == "C":
        machine.say(f"Current file: {card.selected or '(no file)'}")
    elif card.selected is None:
        machine.say("Not SD printing")
    else:
        machine.say(f"SD printing byte {card.position}/{card.size}")


async def begin_writing(machine: Machine, text: str) -> None:
    """M28; the binary protocol of M28 B1 is not simulated."""
    name = text.strip()
    machine.card.begin_writing(name)
    machine.say(f"Writing to file: {name}")


async def delete(machine: Machine, text: str) -> None:
    """M30."""
    name = text.strip()
    gone = machine.card.files.pop(card_name(name), None)
    machine.say(f"Deletion failed, File: {name}." if gone is None else f"File deleted:{name}")


async def select_and_start(machine: Machine, text: str) -> None:
    """M32 !NAME#, or M32 NAME."""
    await select(machine, text.partition("!")[2].partition("#")[0] if "!" in text else text)
    await start(machine, "")


async def abort(machine: Machine, text: str) -> None:
    """M524: close the file, throw moves away, cool."""
    del text
    if machine.card.selected is None or machine.faults.strikes(Fault.DEAF_STOP):
        return
    machine.card.let_go()
    machine.quick_stop()
    machine.cool()
    machine.end_heat_wait()


COMMANDS = {
    b"M20": list_files, b"M21": mounted, b"M23": select, b"M24": start, b"M25": pause,
    b"M26": move_in_file, b"M27": progress, b"M28": begin_writing, b"M30": delete,
    b"M32": select_and_start, b"M524": abort,
}  # fmt: skip
