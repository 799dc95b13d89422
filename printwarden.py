"""The one command: `printwarden VERB ...`, or `python -m printwarden VERB ...`.

A verb is a row of `VERBS`. Its module is imported when the verb is called and not before, so that
`printwarden --help` needs click alone and answers at once, on a Raspberry Pi too.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import click

__version__ = "0.1.0"  # the only place; pyproject.toml reads it from here

DEBUG_VARIABLE = "PRINTWARDEN_DEBUG"

# Exit statuses that belong to no verb; those of verdicts are in docs and in `scan --help`.
FAULT = 1
INTERRUPTED = 128 + 2  # as a shell reports SIGINT
PIPE_CLOSED = 128 + 13  # as a shell reports SIGPIPE


class Verb(NamedTuple):
    """One row of `printwarden --help`; *target* is "module:click command"."""

    target: str
    help: str


VERBS: Mapping[str, Verb] = {
    "scan": Verb("classifier.cli:scan", "Judge print jobs: clear, review, flagged or unreadable."),
    "inspect": Verb("dataset_builder.cli:inspect", "Say what a job prints, without a verdict."),
    "render": Verb("dataset_builder.cli:render", "Draw the views that a job is judged by."),
    "watch": Verb("classifier.watch:watch", "Replay a job as it is printed; say where to stop it."),
    "policy": Verb("classifier.policies.cli:policy", "Say what a site's rules come to."),
    "reference": Verb(
        "classifier.references.cli:reference", "Enrol shapes to flag, or to let pass, at sight."
    ),
    "demo": Verb("classifier.cli:demo", "Judge the sample jobs that ship with Printwarden."),
    "dataset": Verb(
        "dataset_builder.building.cli:dataset", "Build labelled pictures of objects to learn from."
    ),
    "train": Verb("classifier.training.train:command", "Train a detector (needs [train])."),
    "evaluate": Verb(
        "classifier.benchmark.evaluate:command", "Measure the bundle that ships on a dataset."
    ),
    "benchmark": Verb(
        "classifier.benchmark.command:command", "Measure networks on what they have not seen."
    ),
    "holdout": Verb(
        "classifier.holdout.command:command", "Judge sliced meshes by networks that never saw them."
    ),
    "early": Verb(
        "classifier.early.command:command", "Train and measure what watches a print grow."
    ),
    "compress": Verb(
        "model_compression.cli:compress", "Make a network smaller by a published method."
    ),
    "guard": Verb(
        "printer_guard.cli:guard", "Stand between jobs and a printer: hold, watch, stop."
    ),
    "console": Verb("web.cli:console", "Start the review console (needs [web])."),
    "audit": Verb("web.audit.cli:audit", "Prove and export the console's audit log (needs [web])."),
    "leaderboard": Verb(
        "model_compression.bench.command:command", "Measure ways of making a network smaller."
    ),
    "bench": Verb("dataset_builder.cli:bench", "Measure Printwarden on this machine."),
}

BENCHES: Mapping[str, Verb] = {
    "read": Verb("dataset_builder.cli:bench_read", "Read G-code with every reader there is."),
    "job": Verb("dataset_builder.cli:bench_job", "Scan a job to a verdict."),
    "mesh": Verb("dataset_builder.cli:bench_mesh", "Cut a mesh into layers."),
    "dataset": Verb("dataset_builder.cli:bench_dataset", "Draw pictures of a dataset."),
    "solids": Verb("dataset_builder.cli:bench_solids", "Compare solids read back from slices."),
    "console": Verb("web.benchmarks.command:console", "Load the review console (needs [web])."),
}
"""The verbs below `bench`, of several packages."""

# A module that only an extra brings -> that extra.
EXTRAS: Mapping[str, str] = {
    "torch": "train", "torchvision": "train", "onnx": "train", "onnxscript": "train",
    "matplotlib": "bench", "sklearn": "train", "pyarrow": "dataset", "jinja2": "dataset",
    "ray": "scale", "pygcode": "reference", "gcodeparser": "bench", "flask": "web",
    "aiohttp": "guard", "cryptography": "guard", "pydantic": "guard", "pydantic_settings": "guard",
    "safetensors": "train", "tensorboard": "train", "torch_pruning": "train",
}  # fmt: skip


class LazyGroup(click.Group):
    """A click group over rows of `VERBS`; a row's module is imported when the verb is called."""

    def __init__(self, verbs: Mapping[str, Verb], *, help_text: str) -> None:
        super().__init__(help=help_text, context_settings={"help_option_names": ["-h", "--help"]})
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of the table, which is the order of use."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's command; raises UsageError with all verbs when there is none."""
        if cmd_name not in self.verbs:
            known = ", ".join(self.verbs)
            raise click.UsageError(f"no command {cmd_name!r}; there are: {known}", ctx)
        module, _, attribute = self.verbs[cmd_name].target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.verbs[cmd_name].target} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs from the table: click's own way would import every one of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.help) for name, verb in self.verbs.items()])


def command_group(package: str = "") -> LazyGroup:
    """All verbs, or those that *package* provides (for `python -m <package>`)."""
    verbs = {name: verb for name, verb in VERBS.items() if verb.target.startswith(package)}
    group = LazyGroup(verbs, help_text="Know what a 3D-print job will make before it is printed.")
    return click.version_option(__version__, prog_name="printwarden")(group)


def main(arguments: Sequence[str] | None = None, *, package: str = "") -> int:
    """Run one verb and return the exit status; a failure never returns 0."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _run(command_group(package), words or ["--help"], package)
        sys.stdout.flush()  # here, where a closed pipe can still be handled
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # `printwarden ... | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        click.echo(_explain(error), err=True)
        return FAULT
    return status


def _run(group: LazyGroup, words: list[str], package: str) -> int:
    """Click's own way of running a group would end the process and hide a closed pipe."""
    program = f"python -m {package}" if package else "printwarden"
    try:
        with group.make_context(program, words) as context:
            group.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def _explain(error: Exception) -> str:
    """What the user is told about an exception that no verb has handled."""
    if os.environ.get(DEBUG_VARIABLE):
        return "".join(traceback.format_exception(error)).rstrip()
    if isinstance(error, ModuleNotFoundError):
        module = (error.name or "").partition(".")[0]
        if module in EXTRAS:
            return (
                f"printwarden: this needs {module}, which is not installed: "
                f"pip install 'printwarden[{EXTRAS[module]}]'"
            )
    sentence = " ".join(f"{type(error).__name__}: {error}".split())
    return (
        f"printwarden: internal fault: {sentence} (run with {DEBUG_VARIABLE}=1 for the traceback)"
    )


if __name__ == "__main__":
    sys.exit(main())
