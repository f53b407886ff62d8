"""Reads files of records that somebody saved, in many forms.

Input: files and folders, plain or compressed. Output: the records that a fetch from the server would have stored, per
project, without missing parts. A form is one `SavedForm` in the table SAVED_FORMS of `launchpad_forms` or
`gerrit_forms`; unsupported forms are named there too, with the way to a supported one.
"""

from analysis.ingest.saved.bugs import read_bugs
from analysis.ingest.saved.changes import read_changes
from analysis.ingest.saved.reading import Saved
from analysis.ingest.saved.writing import public_bugs, public_changes, write

__all__ = ["Saved", "public_bugs", "public_changes", "read_bugs", "read_changes", "write"]
