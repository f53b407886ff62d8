"""Manila: the quota engine of `manila.quota`; the limited resource is gigabytes."""

from collections.abc import Mapping

from quota_lab.engines.adapters import Foreign, module
from quota_lab.engines.adapters.reserving import ReservingAdapter, live_usage_query, reservation_counter_query


class Manila(ReservingAdapter):
    """The calls of manila.share.api for a create, and of the share manager for a delete."""

    resource = "gigabytes"
    unlimited = ("shares",)
    tables = ("reservations", "quota_usages", "quotas", "shares")
    counter_query = reservation_counter_query(
        "SELECT 'rows' AS what, project_id, SUM(size) AS a, 0 AS b, COUNT(*) AS n FROM shares WHERE deleted = 'False'"
        " GROUP BY project_id",
        resource=resource,
        is_live="deleted = 0",
    )
    instance_query = "SELECT id, size FROM shares WHERE deleted = 'False'"
    usage_query = live_usage_query(resource=resource, is_live="deleted = 0")

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("oslo_config.cfg").CONF
        module("manila.common.config")
        self.conf([], project="manila", default_config_files=[])
        self.sql = module("manila.db.sqlalchemy.api")
        self.conf.set_override("connection", urls["main"], group="database")
        self.db = module("manila.db.api")
        self.quota = module("manila.quota")
        self.context = module("manila.context")
        self.exception = module("manila.exception")

    def make_schema(self) -> None:
        """Run Manila's own migrations."""
        module("manila.db.migration").upgrade("head")

    def insert(self, context: Foreign, project: int, instance: str, amount: int) -> None:
        """Insert the row of a share."""
        values = {"id": instance, "project_id": str(project), "user_id": "racer", "size": amount, "share_proto": "NFS"}
        self.db.share_create(context, values, create_share_instance=False)

    def remove(self, context: Foreign, instance: str) -> None:
        """Delete the row of a share."""
        self.db.share_delete(context, instance)

    def change(self, context: Foreign, instance: str, delta: int) -> None:
        """Write the new size of a share, as the share manager does after it extended it.

        Manila's own share_update needs an instance of the share on a host, which no quota reads.
        """
        with self.sql.context_manager.writer.using(context):
            row = (
                self.sql.model_query(context, module("manila.db.sqlalchemy.models").Share).filter_by(id=instance).one()
            )
            row.size += delta
