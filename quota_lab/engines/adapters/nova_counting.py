"""Nova since 17: count the rows, insert, count again; the limited resource is cores."""

import os
from collections.abc import Mapping

from quota_lab.engines.adapters import Adapter, Foreign, Moving, module

CELL = "8f3e2ad4-0f6c-4f5a-9c5d-3a1f6d0c7b21"


class NovaCounting(Adapter):
    """Check, insert the instance's row in the only cell, and check again; delete the row if it exceeds the limit.

    The first check is that of nova.compute.api, the rest is that of nova.conductor.manager (`_recheck_quota`).
    """

    resource = "cores"
    catalogs = ("main", "api")
    tables = ("instance_info_caches", "instance_extra", "instance_id_mappings", "instances")
    counter_query = (
        "SELECT 'rows' AS what, project_id, SUM(vcpus) AS a, 0 AS b, COUNT(*) AS n FROM instances WHERE deleted = 0"
        " GROUP BY project_id"
    )
    instance_query = "SELECT uuid, vcpus FROM instances WHERE deleted = 0"
    has_tally = False

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "1"  # workers are processes here, not green threads
        self.conf = module("nova.conf").CONF
        module("nova.config")
        # The start of a service registers this option; Nova derives the message queue address of a cell from it.
        self.conf.register_opts(module("oslo_messaging.transport")._transport_opts)
        self.conf([], project="nova", default_config_files=[])
        self.conf.set_override("connection", urls["main"], group="database")
        self.conf.set_override("connection", urls["api"], group="api_database")
        self.main = module("nova.db.main.api")
        self.api = module("nova.db.api.api")
        self.main.configure(self.conf)
        self.api.configure(self.conf)
        self.objects = module("nova.objects")
        self.objects.register_all()
        self.context = module("nova.context")
        self.utils = module("nova.compute.utils")
        self.exception = module("nova.exception")

    def make_schema(self) -> None:
        """Run Nova's own migrations, and create one cell."""
        for name in ("main", "api"):
            module("nova.db.migration").db_sync(database=name)
        self.objects.CellMapping(
            self._context(0), uuid=CELL, name="cell", transport_url="none:///", database_connection=self.urls["main"],
            disabled=False,
        ).create()  # fmt: skip

    def configure(self, options: Mapping[str, object]) -> None:
        """recheck_quota."""
        for name, value in options.items():
            self.conf.set_override(name, value, group="quota")

    def set_limit(self, project: int, limit: int) -> None:
        """Only cores are limited."""
        for resource, amount in (("instances", -1), ("ram", -1), ("cores", limit)):
            quotas, context = self.objects.Quotas, self._context(project)
            try:
                quotas.create_limit(context, str(project), resource, amount)
            except self.exception.QuotaExists:
                quotas.update_limit(context, str(project), resource, amount)

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Count, insert, count again."""
        context = self._context(project)
        flavor = self.objects.Flavor(vcpus=amount, memory_mb=amount)
        try:
            self.utils.check_num_instances_quota(context, flavor, 1, 1)
        except self.exception.TooManyInstances:
            return False
        with moving(), self.context.target_cell(context, self._cell(context)) as targeted:
            row = self.objects.Instance(
                context=targeted, uuid=instance, project_id=str(project), user_id="racer", vcpus=amount,
                memory_mb=amount,
            )  # fmt: skip
            row.create()
        if self.conf.quota.recheck_quota:
            try:
                self.utils.check_num_instances_quota(
                    context, flavor, 0, 0, project_id=str(project), user_id="racer", orig_num_req=1
                )
            except self.exception.TooManyInstances:
                self.delete(project, instance, amount, moving)
                return False
        return True

    def resize(self, project: int, instance: str, delta: int, moving: Moving) -> bool:
        """Check the difference once, as nova.compute.api does for a larger flavor; then write the new amounts."""
        context = self._context(project)
        if delta > 0:
            try:
                self.objects.Quotas.check_deltas(
                    context, {"cores": delta, "ram": delta}, str(project), user_id="racer",
                    check_project_id=str(project), check_user_id="racer",
                )  # fmt: skip
            except self.exception.OverQuota:
                return False
        with moving(), self.context.target_cell(context, self._cell(context)) as targeted:
            row = self.objects.Instance.get_by_uuid(targeted, instance, expected_attrs=[])
            row.vcpus, row.memory_mb = row.vcpus + delta, row.memory_mb + delta
            row.save()
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Delete the row, as nova.objects.Instance.destroy does."""
        context = self._context(project)
        with moving(), self.context.target_cell(context, self._cell(context)) as targeted:
            self.main.instance_destroy(targeted, instance)

    def _context(self, project: int) -> Foreign:
        return self.context.RequestContext("racer", str(project), is_admin=True)

    def _cell(self, context: Foreign) -> Foreign:
        return self.objects.CellMapping.get_by_uuid(context, CELL)
