"""The truth of the world: rows that the scenarios record; nothing here is parsed from a text.

Every table is a list of dicts. Instants are aware datetimes, references are bug and change numbers and shas.

    links           bug_id, change_number, relation, evidence (list), counts_as_fix, hook_sees_it;
                    hook_sees_it: the infra hook acts on the footer as its author meant it; None where no footer
    false_links     bug_id, change_number, why                  a number that merely looks like a link
    change_commits  change_number, sha                          merged changes and their commit on the branch
    review_states   change_number, state, waiting_on, since_at, has_human_vote_ever, has_human_vote_on_current
    hygiene         bug_id, rule
    themes          bug_id, theme                               the theme a bug's text was written for; None for none
    areas           kind (bug, change), ref, area               at least these: words may add more
    duplicates      bug_id, other_bug_id                        marked, or (is_marked False) not yet noticed
    backports       bug_id, branch, state (merged, waiting, missing, blocked: a newer branch lacks it too)
    competing       bug_id, change_numbers                      several open changes that close one bug
    superseded      change_number, bug_id, closed_by            open, though its bug is closed on its branch: by another
                    change, or by its status alone (closed_by is None)
    stacks          change_numbers                              a series, bottom first
    rescues         change_number, bug_id                       abandoned or silent with good votes, bug still open
    private         kind (bug, change), ref                     must not reach a report
    hostile         kind (bug, change), ref, what
    notes           kind (bug, change), ref, story              which scenario made it
"""

Row = dict[str, object]


class Truth(dict[str, list[Row]]):
    """Tables by name; `add` records a row. A table without any row is a KeyError, because its name must be wrong."""

    def add(self, table: str, **row: object) -> None:
        """Record a row; the first row creates the table."""
        self.setdefault(table, []).append(row)

    def rows(self, table: str, **values: object) -> list[Row]:
        """The rows with these values in their columns."""
        return [row for row in self[table] if all(row[key] == value for key, value in values.items())]
