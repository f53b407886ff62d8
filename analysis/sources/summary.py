"""What a fetch did, in numbers."""

from dataclasses import dataclass, field

from analysis.sources.transport import Traffic

RESUMED = "went on from a fetch that was cut off"


@dataclass(slots=True)
class Summary:
    """The end of one fetch. `changed` were kept, `gone` are no longer shown, `pending` could not be fetched.

    `pending` maps what is left to why; a fetch that leaves nothing pending is complete.
    """

    source: str
    scope: str
    listed: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    pending: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)

    def __str__(self) -> str:
        counts = (
            f"{self.source} {self.scope}: {self.listed} listed, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.gone} gone, {len(self.pending)} pending"
        )
        traffic = f"{self.traffic.requests} requests, {self.traffic.retries} retries, {self.traffic.bytes / 1e6:.1f} MB"
        return "\n".join([f"{counts}; {traffic}", *self.notes])
