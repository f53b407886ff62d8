"""Neutron: its two drivers; the limited resource is networks, one for each request."""

from collections.abc import Mapping

from quota_lab.engines.adapters import Adapter, Foreign, Moving, module
from quota_lab.journal import JsonObject

DRIVERS = {
    "lock": ("neutron.db.quota.driver", "DbQuotaDriver"),
    "no_lock": ("neutron.db.quota.driver_nolock", "DbQuotaNoLockDriver"),
}


class Neutron(Adapter):
    """Make a reservation, insert the network's row, commit the reservation, as neutron.pecan_wsgi.hooks does."""

    resource = "networks"
    tables = ("reservations", "resourcedeltas", "quotausages", "quotas", "networks", "standardattributes")
    counter_query = (
        "SELECT 'rows' AS what, project_id, COUNT(*) AS a, 0 AS b, COUNT(*) AS n FROM networks GROUP BY project_id"
    )
    instance_query = "SELECT id, 1 FROM networks"
    has_tally = False

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("oslo_config.cfg").CONF
        module("neutron.common.config").register_common_config_options()
        module("oslo_db.options").set_defaults(self.conf, connection=urls["main"])
        module("neutron.conf.quota").register_quota_opts(module("neutron.conf.quota").core_quota_opts)
        self.conf([], project="neutron", default_config_files=[])
        self.conf.set_override("connection", urls["main"], group="database")
        self.db = module("neutron_lib.db.api")
        self.models = module("neutron.db.models_v2")
        self.base = module("neutron_lib.db.model_base")
        self.usages = module("neutron.db.quota.models")
        self.context = module("neutron_lib.context")
        self.exception = module("neutron_lib.exceptions")
        self.driver: Foreign = None
        self.resources: JsonObject = {}

    def make_schema(self) -> None:
        """Create every table of Neutron's models, as its unit tests do."""
        module("neutron.db.migration.models.head")
        self.base.BASEV2.metadata.create_all(self.db.CONTEXT_WRITER.get_engine())

    def configure(self, options: Mapping[str, object]) -> None:
        """Set the driver before the resource is registered, because the driver decides whether usage is tracked."""
        where, name = DRIVERS[str(options["driver"])]
        self.conf.set_override("quota_driver", f"{where}.{name}", group="QUOTAS")
        self.driver = getattr(module(where), name)()
        tracked = module("neutron.quota.resource").TrackedResource("network", self.models.Network, "quota_network")
        tracked.register_events()
        self.resources = {"network": tracked}

    def set_limit(self, project: int, limit: int) -> None:
        """Networks."""
        self.driver.update_quota_limit(self._context(0), str(project), "network", limit)

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Reserve, insert, mark the usage as dirty, commit the reservation."""
        context = self._context(project)
        try:
            reservation = self.driver.make_reservation(context, str(project), self.resources, {"network": amount}, None)
        except self.exception.OverQuota:
            return False
        try:
            with moving(), self.db.CONTEXT_WRITER.using(context):
                context.session.add(self.models.Network(id=instance, project_id=str(project), name=instance))
        except Exception:
            self.driver.cancel_reservation(context, reservation.reservation_id)
            raise
        self.resources["network"].mark_dirty(context)
        self.driver.commit_reservation(context, reservation.reservation_id)
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Delete the row and mark the usage as dirty; a delete reserves nothing."""
        context = self._context(project)
        with moving(), self.db.CONTEXT_WRITER.using(context):
            context.session.delete(context.session.get(self.models.Network, instance))
        self.resources["network"].mark_dirty(context)

    def _context(self, project: int) -> Foreign:
        return self.context.Context("racer", str(project), is_admin=True)
