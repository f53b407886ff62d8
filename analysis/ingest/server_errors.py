"""The errors of a server that refuses, fails for good, or cannot be reached."""

from urllib.parse import urlsplit

from analysis.errors import ServerError
from analysis.ingest.json_body import excerpt
from analysis.ingest.response import Answer

# The advice for one record, by the status with which a server refuses it.
GONE = {401: "not visible (401)", 403: "not visible (403)", 404: "not found (404)", 410: "gone (410)"}
REFUSED = {
    401: "check the user and the password, or whether it can be seen without signing in",
    403: "check who is signed in, and whether it can be seen without signing in",
    301: "give the address that it has now",
    302: "give the address that it has now, or sign in",
}


class RefusedError(ServerError):
    """The server refused. Another try would not help."""

    status: int = 0


class DownError(ServerError):
    """No request succeeds any more: the run ends here."""


def refused_error(url: str, answer: Answer) -> RefusedError:
    """The error for a refusal."""
    error = RefusedError(
        expected=f"an answer to GET {url}",
        found=f"{answer.status}: {excerpt(answer.headers.get('location') or answer.body, 200)}",
        do=REFUSED.get(answer.status, "check the address, the project's name, and who may see it"),
    )
    error.status = answer.status
    return error


def failed_error(url: str, failure: str, tries: int) -> ServerError:
    """The error for a request after all its tries failed."""
    return ServerError(
        expected=f"an answer to GET {url}",
        found=f"{failure} (after {tries} {'try' if tries == 1 else 'tries'})",
        do="run the same command again later: what was fetched so far is kept",
    )


def offline_error(url: str, failure: str) -> DownError:
    """The error for a server that cannot be reached."""
    return DownError(
        expected=f"a way to {urlsplit(url).netloc}",
        found=f"{failure}: there seems to be no network here",
        do="connect to the network, or set https_proxy; without one, load what somebody saved: fetch launchpad --dump "
        "FILE, fetch gerrit --dump FILE, fetch git --repo PATH; what is stored already can be built and reported",
    )


def down_error(url: str, failure: str) -> DownError:
    """The error for a server at which no request succeeds any more."""
    return DownError(
        expected=f"an answer to GET {url}",
        found=failure,
        do="run the same command again when the server is well: what was fetched so far is kept",
    )
