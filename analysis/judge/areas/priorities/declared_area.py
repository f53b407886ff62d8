"""An area as a priorities document declares it."""

from dataclasses import dataclass, replace

from analysis.judge.areas.file import Owner


@dataclass(frozen=True, slots=True)
class DeclaredArea:
    """The title of an area, its owners, the document's words about it, and the blueprints that it links."""

    title: str
    owners: tuple[Owner, ...] = ()
    has_plan: bool = True
    notes: tuple[str, ...] = ()
    blueprints: tuple[str, ...] = ()

    def with_owners(self, *owners: Owner) -> "DeclaredArea":
        """The same area with these owners, after those that it has."""
        return replace(self, owners=(*self.owners, *owners))
