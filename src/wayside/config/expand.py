"""``${VAR}`` in the values of a site.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

MAX_SECRET_BYTES = 64 * 1024
MAX_EXPANDED_CHARACTERS = 4 * 1024 * 1024
"""Of all expansions of one file together: a thousand ``${BIG}`` must not fill the memory."""

_REFERENCE = re.compile(
    r"(?P<escaped>\$\$\{)"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|(?P<broken>\$\{)"
)


class ExpansionFault(Exception):
    """A reference that cannot be replaced. The message never holds a value."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def has_reference(text: str) -> bool:
    """Whether ``expand`` would change or refuse the text."""
    return "${" in text


class Expander:
    """Replaces references in one file. ``env``: the variables, by name.

    ``${VAR}`` is the value of VAR; where VAR is unset and VAR_FILE is set, the
    text of that file (a mounted secret) without its last line break.
    ``${VAR:-text}`` is ``text`` where VAR is unset or empty. ``$${`` is ``${``.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._left = MAX_EXPANDED_CHARACTERS
        self._used: dict[str, str] = {}

    def expand(self, text: str) -> str:
        """The text with all its references replaced, once: values are not searched again.

        Raises ExpansionFault for an unset variable, a broken reference, an
        unreadable secret file, or too much text in all.
        """
        expanded = _REFERENCE.sub(self._replacement, text)
        self._left -= len(expanded)
        if self._left < 0:
            raise ExpansionFault(
                "the variables of this file expand to more than 4 MiB of text",
                "Use shorter values, or fewer references",
            )
        return expanded

    def masked(self, text: str) -> str:
        """The text with every value that was put in replaced by its reference again.

        For messages: a variable may hold a password, and nothing here can tell.
        Values under four characters stay; hiding them would hide half the words.
        """
        for value, name in sorted(self._used.items(), key=lambda used: -len(used[0])):
            text = text.replace(value, f"${{{name}}}")
        return text

    def _replacement(self, match: re.Match[str]) -> str:
        if match["escaped"]:
            return "${"
        if match["broken"]:
            raise ExpansionFault(
                "`${` begins a variable, but what follows is not one",
                "Write ${NAME} or ${NAME:-default}; write $${ for a plain ${",
            )
        name, default = match["name"], match["default"]
        value = self._env.get(name)
        if value is None:
            value = self._from_file(name)
        if default is not None:
            value = value or default
        if value is None:
            raise ExpansionFault(
                f"the variable {name} is not set",
                f"Set {name} or {name}_FILE, or write ${{{name}:-default}}",
            )
        if len(value) >= 4:
            self._used[value] = name
        return value

    def _from_file(self, name: str) -> str | None:
        """Text of the file that NAME_FILE names, None where NAME_FILE is not set."""
        place = self._env.get(f"{name}_FILE")
        if not place:
            return None
        try:
            path = Path(place)
            if not path.is_file():
                raise ExpansionFault(
                    f"{name}_FILE names {place}, which is not a file", "Correct the path"
                )
            with path.open("rb") as file:
                content = file.read(MAX_SECRET_BYTES + 1)
            text = content.decode("utf-8")
        except (OSError, ValueError) as error:
            raise ExpansionFault(
                f"{name}_FILE names {place}, which cannot be read as UTF-8 text",
                "Check that the file is there and that this user may read it",
            ) from error
        if len(content) > MAX_SECRET_BYTES:
            raise ExpansionFault(
                f"{name}_FILE names {place}, which is larger than 64 KiB", "Correct the path"
            )
        return text.removesuffix("\n").removesuffix("\r")
