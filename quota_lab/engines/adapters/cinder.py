"""Cinder: the quota engine of `cinder.quota`; the limited resource is gigabytes."""

from collections.abc import Mapping
from contextlib import suppress

from quota_lab.engines.adapters import Foreign, module
from quota_lab.engines.adapters.reserving import ReservingAdapter, live_usage_query, reservation_counter_query


class Cinder(ReservingAdapter):
    """The calls of cinder.volume.flows for a create, and of the volume manager for a delete."""

    resource = "gigabytes"
    unlimited = ("volumes",)
    option_group = None
    tables = ("reservations", "quota_usages", "quotas", "volumes")
    counter_query = reservation_counter_query(
        "SELECT 'rows' AS what, project_id, SUM(size) AS a, 0 AS b, COUNT(*) AS n FROM volumes WHERE NOT deleted"
        " GROUP BY project_id",
        resource=resource,
        is_live="NOT deleted",
    )
    instance_query = "SELECT id, size FROM volumes WHERE NOT deleted"
    usage_query = live_usage_query(resource=resource, is_live="NOT deleted")

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
        types = self.db.volume_type_get_all(self.context_of(0))
        self.type = types.get("__DEFAULT__", {}).get("id")

    def configure(self, options: Mapping[str, object]) -> None:
        """Set the options, and look up the volume type, which the process that made the schema does not share."""
        super().configure(options)
        self.type = self.db.volume_type_get_all(self.context_of(0)).get("__DEFAULT__", {}).get("id")

    def insert(self, context: Foreign, project: int, instance: str, amount: int) -> None:
        """Insert the row of a volume."""
        values = {"id": instance, "project_id": str(project), "user_id": "racer", "size": amount, "status": "creating"}
        self.db.volume_create(context, values | ({"volume_type_id": self.type} if self.type else {}))

    def remove(self, context: Foreign, instance: str) -> None:
        """Mark the row of a volume as deleted."""
        self.db.volume_destroy(context.elevated(), instance)

    def change(self, context: Foreign, instance: str, delta: int) -> None:
        """Write the new size of a volume, as the volume manager does after it extended it."""
        size = self.db.volume_get(context, instance)["size"]
        self.db.volume_update(context, instance, {"size": size + delta})
