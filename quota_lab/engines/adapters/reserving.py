"""The quota engine of Nova up to 16, which Cinder and Manila copied: reserve, insert the row, commit."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from quota_lab.engines.adapters import Adapter, Foreign, Moving, usage_counter_query


class ReservingAdapter(Adapter):
    """An engine whose module `quota` has QUOTAS with reserve, commit, rollback and expire.

    A create reserves, inserts the row and commits; a delete reserves a negative amount, deletes the row and commits; a
    resize reserves the difference, changes the row and commits. A subclass sets `conf`, `context`, `db`, `exception`
    and `quota` to the engine's modules.
    """

    can_expire = True
    unlimited: ClassVar[tuple[str, ...]]  # resources that a request reserves besides `resource`; the first counts rows
    option_group: ClassVar[str | None] = "quota"
    conf: Foreign
    context: Foreign
    db: Foreign
    exception: Foreign
    quota: Foreign

    @abstractmethod
    def insert(self, context: Foreign, project: int, instance: str, amount: int) -> None:
        """Insert the row of an instance."""

    @abstractmethod
    def remove(self, context: Foreign, instance: str) -> None:
        """Delete the row of an instance."""

    @abstractmethod
    def change(self, context: Foreign, instance: str, delta: int) -> None:
        """Change the size in the row of an instance."""

    def configure(self, options: Mapping[str, object]) -> None:
        """Set until_refresh, max_age or reservation_expire."""
        for name, value in options.items():
            self.conf.set_override(name, value, group=self.option_group)

    def set_limit(self, project: int, limit: int) -> None:
        """Limit the one resource only."""
        for resource, amount in (*((name, -1) for name in self.unlimited), (self.resource, limit)):
            self.db.quota_create(self.context_of(project), str(project), resource, amount)

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Reserve, insert, commit; after an error roll the reservations back."""
        context = self.context_of(project)
        try:
            reservations = self.quota.QUOTAS.reserve(context, **self._amounts(1, amount))
        except self.exception.OverQuota:
            return False
        try:
            with moving():
                self.insert(context, project, instance, amount)
        except Exception:
            self.quota.QUOTAS.rollback(context, reservations)
            raise
        self.quota.QUOTAS.commit(context, reservations)
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Reserve a negative amount, delete, commit."""
        context = self.context_of(project)
        reservations = self.quota.QUOTAS.reserve(context, **self._amounts(-1, -amount))
        with moving():
            self.remove(context, instance)
        self.quota.QUOTAS.commit(context, reservations)

    def resize(self, project: int, instance: str, delta: int, moving: Moving) -> bool:
        """Reserve the difference, change the row, commit; after an error roll the reservations back."""
        context = self.context_of(project)
        _, *others = self.unlimited
        try:
            reservations = self.quota.QUOTAS.reserve(context, **dict.fromkeys((self.resource, *others), delta))
        except self.exception.OverQuota:
            return False
        try:
            with moving():
                self.change(context, instance, delta)
        except Exception:
            self.quota.QUOTAS.rollback(context, reservations)
            raise
        self.quota.QUOTAS.commit(context, reservations)
        return True

    def expire(self) -> None:
        """Run the scheduler's periodic task."""
        self.quota.QUOTAS.expire(self.context_of(0))

    def expire_at_once(self) -> None:
        """Set the lifetime of reservations to 0 seconds."""
        self.conf.set_override("reservation_expire", 0, group=self.option_group)

    def context_of(self, project: int) -> Foreign:
        """The context of a request in a project."""
        return self.context.RequestContext("racer", str(project), is_admin=True)

    def _amounts(self, n: int, amount: int) -> dict[str, int]:
        counted, *others = self.unlimited
        return {counted: n, self.resource: amount, **dict.fromkeys(others, amount)}


def live_usage_query(*, resource: str, is_live: str) -> str:
    """Return the SELECT of (in use, reserved) of every usage row."""
    return f"SELECT in_use, reserved FROM quota_usages WHERE resource = '{resource}' AND {is_live}"


def reservation_counter_query(rows: str, *, resource: str, is_live: str) -> str:
    """The `counter_query` for the tables of this engine; `is_live` is the SQL of a row that is not deleted."""
    return usage_counter_query(
        rows,
        "SELECT 'usages', project_id, SUM(in_use), SUM(reserved), COUNT(*) FROM quota_usages"
        f" WHERE resource = '{resource}' AND {is_live} GROUP BY project_id",
        "SELECT 'open', project_id, SUM(CASE WHEN delta > 0 THEN delta ELSE 0 END), 0, COUNT(*) FROM reservations"
        f" WHERE resource = '{resource}' AND {is_live} GROUP BY project_id",
    )
