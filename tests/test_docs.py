"""Documents say what the code does: every command, option, setting, endpoint and policy field stands in them."""

import re
from pathlib import Path

import click
import pytest

from api.cli import COMMANDS as CLI_COMMANDS
from api.cli import nuanzao
from api.settings import SETTINGS
from pos.policy import FIELDS

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"


def commands(group: click.Group, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Every command that is no group, by its words."""
    found: dict[str, click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= commands(command, (*path, name))
        else:
            found[" ".join((*path, name))] = command
    return found


COMMANDS = commands(nuanzao)


def section(text: str, command: str) -> str:
    """The part of the reference that speaks of one command; empty when there is none."""
    found = re.search(rf"^## `nuanzao {command}[ `].*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found.group() if found else ""


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_option_is_documented(command: str) -> None:
    said = section((REFERENCE / "commands.md").read_text(encoding="utf-8"), command)
    assert said, f"nuanzao {command} has no section"
    for parameter in COMMANDS[command].params:
        if isinstance(parameter, click.Option):
            assert f"`{', '.join([*parameter.opts, *parameter.secondary_opts])}`" in said
    assert COMMANDS[command].help


def test_no_command_is_documented_that_does_not_exist() -> None:
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    named = re.findall(r"^## `nuanzao ([a-z -]+?)(?: [A-Z\[].*)?`$", text, re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)


def test_every_setting_is_documented_with_its_default() -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    for name, (default, _meaning) in SETTINGS.items():
        assert f"| `{name}` | `{default}` |" in text


def test_every_policy_field_is_documented() -> None:
    text = (REFERENCE / "policy.md").read_text(encoding="utf-8")
    for name in FIELDS:
        assert f"`{name}`" in text


def test_both_readmes_name_the_same_commands() -> None:
    def shown(name: str) -> list[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return re.findall(
            r"^    (?:\.venv/bin/nuanzao|make) ([a-z]+(?: [a-z]+)?)", text, re.MULTILINE
        )

    assert shown("README.md") == shown("README.zh.md") != []


@pytest.mark.parametrize(
    "path", sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("*.md")) + sorted(
        p.relative_to(ROOT).as_posix() for p in (ROOT / "docs").rglob("*.md")
    )
)  # fmt: skip
def test_every_link_inside_the_documents_leads_somewhere(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert ((ROOT / path).parent / target).exists(), target


def test_decision_records_are_numbered_without_gaps() -> None:
    numbers = sorted(int(p.name[:4]) for p in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_commands_of_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"\.venv/bin/nuanzao ([a-z ]+?)(?: [A-Z-]|$)", text, re.MULTILINE):
        words = line.split()
        known = {" ".join(words[:size]) for size in (1, 2)}
        assert known & set(COMMANDS), line


def test_the_list_of_commands_says_what_each_command_says_of_itself() -> None:
    for name, (_module, said) in CLI_COMMANDS.items():
        command = nuanzao.get_command(click.Context(nuanzao), name)
        assert command is not None
        assert (command.help or "").splitlines()[0].rstrip(".") == said.rstrip(".")
