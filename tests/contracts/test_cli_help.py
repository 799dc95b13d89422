"""The help of every command, as a terminal shows it."""

import click
import pytest

from printwarden import VERBS, command_group


def below(command, context, words):
    """Every command that can be called, with the words that call it."""
    yield words, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            inner = click.Context(child, info_name=name, parent=context)
            yield from below(child, inner, (*words, name))


def commands():
    root = command_group()
    return list(below(root, click.Context(root, info_name="printwarden"), ()))


@pytest.fixture(scope="module")
def shown():
    return {words: command.get_help(context) for words, command, context in commands()}


def test_every_verb_has_help(shown):
    assert {words[0] for words in shown if words} == set(VERBS)


def test_no_help_shows_the_marks_that_it_is_written_with(shown):
    assert [words for words, text in shown.items() if "\\b" in text or "\b" in text] == []


def test_every_example_stands_on_a_line_of_its_own(shown):
    for words, text in shown.items():
        lines = [line for line in text.splitlines() if "$ printwarden" in line]
        assert all(line.count("$ printwarden") == 1 for line in lines), words
        assert all(line.lstrip().startswith("$") for line in lines), words
