"""Where records come from: Launchpad, Gerrit, saved files of either, a git clone. As served, nothing interpreted.

Comes in: an address and a project, or files. Goes out: records and what is pending, into a `session.Checkpoint`.
Nothing here knows a table, a folder of ours, or a page.

A source that is fetched from a server answers four questions, each in one place of its package:

- what there is, or changed since: `listing.pages`, complete while it changes under the reader, with a place to go on;
- one record: `bug.fetch`, `change.complete` and `change.fetch_by_number`, each a `records.Outcome`;
- what identifies it: the number under which it is stored, or pending;
- when it was updated: the newest such time decides where the next `window.Window` begins.

What they share: `transport` (how many requests, how fast, how often again), `server_errors`, `records` (read side by
side, put off what cannot be had), `pending` (what is known of those), `session` (how a fetch is sealed piece by piece,
and ends), `window` (what it asks for), `pagination_guard`, `response`, `json_body` and `progress`. Where each begins is
its `state`.

`bug_check` and `change_check` say of which record no rows can be made: one check for servers, saved files and builds.
"""
