"""The sources of records: Launchpad, Gerrit, saved files of either, a git clone. Records stay as served.

Input: an address and a project, or files. Output: records and pending items, into a `session.Checkpoint`. Nothing here
depends on a table, a folder of ours, or a page.

A source that is fetched from a server answers four questions, each in one place of its package:

- which records exist, or changed since: `listing.pages`, complete even if the list changes while it is read;
- one record: `bug.fetch`, `change.complete` and `change.fetch_by_number`, each a `records.Outcome`;
- what identifies it: the number under which it is stored, or pending;
- when it was updated: the newest such time decides where the next `window.Window` begins.

They share: `transport` (number, rate and repetition of requests), `server_errors`, `records` (parallel reads, and
delayed retries), `pending` (items that could not be fetched), `session` (how a fetch is sealed piece by piece, and
ends), `window` (what a fetch asks for), `pagination_guard`, `response`, `json_body` and `progress`. The `state` of each
says where it begins.

`bug_check` and `change_check` find records that cannot become rows: one check for servers, saved files and builds.
"""
