"""Cinder: the quota engine of `cinder.quota`; the limited resource is gigabytes."""

from collections.abc import Mapping
from contextlib import suppress

from quota_lab.engines.adapters import Adapter, Foreign, Moving, module, usage_looks
from quota_lab.journal import JsonObject


class Cinder(Adapter):
    """Reserve, make the volume's row, commit; for a delete reserve what is given back, remove the row, commit."""

    resource = "gigabytes"
    tables = ("reservations", "quota_usages", "quotas", "volumes")
    looks = usage_looks(
        "SELECT 'rows' AS what, project_id, SUM(size) AS a, 0 AS b, COUNT(*) AS n FROM volumes WHERE NOT deleted"
        " GROUP BY project_id",
        "SELECT 'usages', project_id, SUM(in_use), SUM(reserved), COUNT(*) FROM quota_usages"
        " WHERE resource = 'gigabytes' AND NOT deleted GROUP BY project_id",
        "SELECT 'open', project_id, SUM(CASE WHEN delta > 0 THEN delta ELSE 0 END), 0, COUNT(*) FROM reservations"
        " WHERE resource = 'gigabytes' AND NOT deleted GROUP BY project_id",
    )
    held = "SELECT id, size FROM volumes WHERE NOT deleted"
    can_expire = True

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("oslo_config.cfg").CONF
        module("cinder.common.config")
        self.conf([], project="cinder", default_config_files=[])
        self.db = module("cinder.db.api")
        # Before 2022 an indirect import of this module set a default connection.
        with suppress(ImportError):
            module("cinder.db.sqlalchemy.api")
        self.conf.set_override("connection", urls["main"], group="database")
        if hasattr(self.db, "configure"):  # since the facade of 2022
            self.db.configure(self.conf)
        module("cinder.objects").register_all()
        self.quota = module("cinder.quota")
        self.context = module("cinder.context")
        self.exception = module("cinder.exception")

    def make_schema(self) -> None:
        """Run Cinder's own migrations, and create the volume type that every volume needs."""
        module("cinder.db.migration").db_sync()
        types = self.db.volume_type_get_all(self._context(0))
        self.type = types.get("__DEFAULT__", {}).get("id")

    def configure(self, options: Mapping[str, object]) -> None:
        """until_refresh, max_age, reservation_expire."""
        for name, value in options.items():
            self.conf.set_override(name, value)
        self.type = self.db.volume_type_get_all(self._context(0)).get("__DEFAULT__", {}).get("id")

    def set_limit(self, project: int, limit: int) -> None:
        """Only gigabytes are limited."""
        for resource, amount in (("volumes", -1), ("gigabytes", limit)):
            self.db.quota_create(self._context(project), str(project), resource, amount)

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Reserve, create, commit, as cinder.volume.flows does."""
        context = self._context(project)
        try:
            reservations = self.quota.QUOTAS.reserve(context, volumes=1, gigabytes=amount)
        except self.exception.OverQuota:
            return False
        try:
            with moving():
                self.db.volume_create(context, self._volume(project, instance, amount))
        except Exception:
            self.quota.QUOTAS.rollback(context, reservations)
            raise
        self.quota.QUOTAS.commit(context, reservations)
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Reserve, destroy, commit, as the volume manager does."""
        context = self._context(project)
        reservations = self.quota.QUOTAS.reserve(context, volumes=-1, gigabytes=-amount)
        with moving():
            self.db.volume_destroy(context.elevated(), instance)
        self.quota.QUOTAS.commit(context, reservations)

    def expire(self) -> None:
        """Run the scheduler's periodic task."""
        self.quota.QUOTAS.expire(self._context(0))

    def expire_at_once(self) -> None:
        """Set the lifetime of reservations to 0 seconds."""
        self.conf.set_override("reservation_expire", 0)

    def _context(self, project: int) -> Foreign:
        return self.context.RequestContext("racer", str(project), is_admin=True)

    def _volume(self, project: int, instance: str, amount: int) -> JsonObject:
        values = {"id": instance, "project_id": str(project), "user_id": "racer", "size": amount, "status": "creating"}
        return values | ({"volume_type_id": self.type} if self.type else {})
