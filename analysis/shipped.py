"""Where to find the files that people write and the product ships: notebooks, areas, projects, word lists.

In a checkout they are the folders `notebooks` and `data`; a wheel contains a copy of them. A file of the same name
below the working directory replaces the shipped one; a file with a new name is added.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).parent
IS_CHECKOUT = (_PACKAGE.parent / "pyproject.toml").is_file() and (_PACKAGE.parent / "notebooks").is_dir()
HOME = _PACKAGE.parent if IS_CHECKOUT else _PACKAGE / "_shipped"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of such files in layers: the first layer that has a file of a name provides it."""

    layers: tuple[Path, ...]

    def __str__(self) -> str:
        """The folders that are searched, for messages."""
        return " or ".join(map(str, self.layers))

    def file(self, name: str) -> Path:
        """The path of the file in the first layer that has it, else the path that it would have in the last layer."""
        return next((path for path in self._paths(name) if path.is_file()), self.layers[-1] / name)

    def files(self, pattern: str) -> list[Path]:
        """The files of all layers, each name once, ordered by name."""
        by_name = {path.name: path for layer in reversed(self.layers) for path in layer.glob(pattern)}
        return [by_name[name] for name in sorted(by_name)]

    def _paths(self, name: str) -> Iterator[Path]:
        return (layer / name for layer in self.layers)


def folder(name: str) -> Folder:
    """One of the folders, such as `data/areas`: below the working directory, then the shipped one."""
    own, shipped = Path.cwd() / name, HOME / name
    return Folder((shipped,) if own == shipped or not own.is_dir() else (own, shipped))


def default_data_dir() -> Path:
    """The default data directory: in the checkout, else below the working directory."""
    return (HOME if IS_CHECKOUT else Path.cwd()) / "data"
