"""Files of records that somebody saved, read whatever their form.

In: files and folders, plain or packed. Out: the records that a fetch from the server would have stored, per project,
with what they lack left out. A form is one `SavedForm` in the table SAVED_FORMS of `launchpad_forms` or `gerrit_forms`;
what is no form that is read is named there too, with the way to one that is.
"""

from analysis.ingest.saved.bugs import read_bugs
from analysis.ingest.saved.changes import read_changes
from analysis.ingest.saved.reading import Saved
from analysis.ingest.saved.writing import public_bugs, public_changes, write

__all__ = ["Saved", "public_bugs", "public_changes", "read_bugs", "read_changes", "write"]
