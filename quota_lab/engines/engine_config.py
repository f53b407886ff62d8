"""The settings of one race of an engine."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from analysis.errors import QuotaLabError
from quota_lab.engines import catalogue
from quota_lab.journal import JsonObject
from quota_lab.race_config import RaceConfig


@dataclass(frozen=True, slots=True)
class EngineConfig(RaceConfig):
    """The settings of one race of an engine; `design` is its title with a variant: `nova-15.1.5 until_refresh=1`."""

    def __post_init__(self) -> None:
        engine, _ = catalogue.variant(self.design)
        cannot_resize = self.resize_share > 0 and "resize" not in engine.scenarios
        unclaimed = [cannot_resize, self.is_nested, len(self.resources) > 1, self.think_ms > 0]
        if any(unclaimed) or not set(self.sizes) <= set(engine.sizes):
            raise QuotaLabError(
                expected=f"a race with one resource, without pauses or parents, with sizes among {engine.sizes}"
                + (", and without resizes" if cannot_resize else ""),
                found=f"{self}",
                do="race the designs for the rest",
            )
        self.check_cold_start()

    @property
    def engine(self) -> catalogue.Engine:
        """The engine's record."""
        return catalogue.variant(self.design)[0]

    @property
    def shrink_share(self) -> float:
        """The share of resizes that shrink: none where the engine's own service only lets instances grow."""
        return 0.0 if self.engine.only_grows else 0.5

    @property
    def options(self) -> Mapping[str, object]:
        """The options of the variant."""
        return catalogue.variant(self.design)[1]

    @classmethod
    def from_json(cls, settings: JsonObject) -> Self:
        """The settings from the output of `dataclasses.asdict`, read back from JSON."""
        values: JsonObject = {
            name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
        }
        return cls(**{field.name: values[field.name] for field in fields(cls)})
