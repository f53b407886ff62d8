"""Launchpad's description of its API: the WADL in launchpadlib's wheel, with this server's address."""

from functools import cache
from importlib import resources

SHIPPED = "https://api.launchpad.test/1.0/"
SHIPPED_ROOT = "https://api.launchpad.test"
# devel gives the size of a long page as a link to a number; the wheel's WADL is that of 1.0, which has no such link.
SIZE = """<wadl:param style="plain" name="total_size" path="$['total_size']" required="true"/>"""
SIZE_OR_LINK = """<wadl:param style="plain" name="total_size" path="$['total_size']" required="false"/>
      <wadl:param style="plain" name="total_size_link" path="$['total_size_link']" required="false">
        <wadl:link resource_type="#ScalarValue"/>
      </wadl:param>"""
SCALAR = """<wadl:resource_type id="ScalarValue">
    <wadl:method name="GET" id="ScalarValue-get">
      <wadl:response><wadl:representation mediaType="application/json"/></wadl:response>
    </wadl:method>
  </wadl:resource_type>
"""


@cache
def document(root: str, version: str) -> bytes:
    """The WADL of `version` for a service at `root`, which ends in a slash."""
    text = (resources.files("launchpadlib.testing") / "launchpad-wadl.xml").read_text(encoding="utf-8")
    text = text.replace(SHIPPED, f"{root}{version}/").replace(SHIPPED_ROOT, root.rstrip("/"))
    if version != "1.0":
        text = text.replace(SIZE, SIZE_OR_LINK)
        if 'id="ScalarValue"' not in text:
            text = text.replace("</wadl:application>", f"  {SCALAR}</wadl:application>")
    return text.encode("utf-8")
