"""Manila: the quota engine of `manila.quota`; the limited resource is gigabytes."""

from collections.abc import Mapping

from quota_lab.engines.adapters import Adapter, Foreign, Moving, module, usage_looks


class Manila(Adapter):
    """Reserve, make the share's row, commit; for a delete reserve what is given back, remove the row, commit."""

    resource = "gigabytes"
    tables = ("reservations", "quota_usages", "quotas", "shares")
    looks = usage_looks(
        "SELECT 'rows' AS what, project_id, SUM(size) AS a, 0 AS b, COUNT(*) AS n FROM shares WHERE deleted = 'False'"
        " GROUP BY project_id",
        "SELECT 'usages', project_id, SUM(in_use), SUM(reserved), COUNT(*) FROM quota_usages"
        " WHERE resource = 'gigabytes' AND deleted = 0 GROUP BY project_id",
        "SELECT 'open', project_id, SUM(CASE WHEN delta > 0 THEN delta ELSE 0 END), 0, COUNT(*) FROM reservations"
        " WHERE resource = 'gigabytes' AND deleted = 0 GROUP BY project_id",
    )
    held = "SELECT id, size FROM shares WHERE deleted = 'False'"
    can_expire = True

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("oslo_config.cfg").CONF
        module("manila.common.config")
        self.conf([], project="manila", default_config_files=[])
        module("manila.db.sqlalchemy.api")
        self.conf.set_override("connection", urls["main"], group="database")
        self.db = module("manila.db.api")
        self.quota = module("manila.quota")
        self.context = module("manila.context")
        self.exception = module("manila.exception")

    def make_schema(self) -> None:
        """Manila's own migrations."""
        module("manila.db.migration").upgrade("head")

    def configure(self, options: Mapping[str, object]) -> None:
        """until_refresh, max_age, reservation_expire."""
        for name, value in options.items():
            self.conf.set_override(name, value, group="quota")

    def set_limit(self, project: int, limit: int) -> None:
        """Only gigabytes are limited."""
        for resource, amount in (("shares", -1), ("gigabytes", limit)):
            self.db.quota_create(self._context(project), str(project), resource, amount)

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Reserve, create, commit, as manila.share.api does."""
        context = self._context(project)
        try:
            reservations = self.quota.QUOTAS.reserve(context, shares=1, gigabytes=amount)
        except self.exception.OverQuota:
            return False
        values = {"id": instance, "project_id": str(project), "user_id": "racer", "size": amount, "share_proto": "NFS"}
        try:
            with moving():
                self.db.share_create(context, values, create_share_instance=False)
        except Exception:
            self.quota.QUOTAS.rollback(context, reservations)
            raise
        self.quota.QUOTAS.commit(context, reservations)
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Reserve, delete, commit, as the share manager does."""
        context = self._context(project)
        reservations = self.quota.QUOTAS.reserve(context, shares=-1, gigabytes=-amount)
        with moving():
            self.db.share_delete(context, instance)
        self.quota.QUOTAS.commit(context, reservations)

    def expire(self) -> None:
        """Run the scheduler's periodic task."""
        self.quota.QUOTAS.expire(self._context(0))

    def expire_at_once(self) -> None:
        """Set the lifetime of reservations to 0 seconds."""
        self.conf.set_override("reservation_expire", 0, group="quota")

    def _context(self, project: int) -> Foreign:
        return self.context.RequestContext("racer", str(project), is_admin=True)
