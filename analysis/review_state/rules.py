"""The rules of review that differ between projects: labels, whose machine decides, how many cores it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.errors import ProjectFileError


@dataclass(frozen=True, slots=True)
class Rules:
    """Section [review] of a project file; what is left out is inferred from the votes (`analysis.review_state.facts`).

    `core_votes` maps a Gerrit project to the +2 that it takes; `gate_ci` names the accounts whose verdict decides, all
    other machines only advise; `cores` maps a project, or a project and a branch ("openstack/nova stable/kilo"), to its
    cores' usernames. Where it names nobody, whoever gave +2 or -2 is a core: Gerrit lets no one else.
    """

    review_label: str = "Code-Review"
    ci_label: str = "Verified"
    approval_label: str = "Workflow"
    core_votes: Mapping[str, int] = field(default_factory=dict)
    gate_ci: tuple[str, ...] = ()
    cores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> "Rules":
        """The rules in a project file's section [review]. Raises ProjectFileError for an unknown key or wrong type."""
        _check(section)
        given = dict(section)
        if "gate_ci" in given:
            given["gate_ci"] = tuple(given["gate_ci"])
        if "cores" in given:
            given["cores"] = {project: tuple(names) for project, names in given["cores"].items()}
        return cls(**given)


_TYPES: dict[str, type] = {
    "review_label": str,
    "ci_label": str,
    "approval_label": str,
    "core_votes": dict,
    "gate_ci": list,
    "cores": dict,
}
MOST_VOTES = 100  # +2 that a change may be asked for; more is a slip
_INSIDE = {"core_votes": int, "gate_ci": str, "cores": list}


def _check(section: Mapping[str, Any]) -> None:
    for key, value in section.items():
        if key not in _TYPES:
            raise ProjectFileError.unknown_key(key, _TYPES, where="[review]")
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if not isinstance(value, _TYPES[key]) or not all(_fits(key, one) for one in inside):
            raise ProjectFileError(
                expected=f"{key} in [review] as a {_TYPES[key].__name__}"
                + (f" of {_INSIDE[key].__name__}" if key in _INSIDE else ""),
                found=repr(value)[:200],
                do="write it as in data/projects/nova.toml",
            )


def _fits(key: str, value: Any) -> bool:
    if key == "cores":
        return isinstance(value, list) and all(isinstance(name, str) for name in value)
    if key == "core_votes":
        return type(value) is int and 0 <= value <= MOST_VOTES
    return isinstance(value, str)
