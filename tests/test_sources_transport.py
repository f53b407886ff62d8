"""The transport: concurrency, rate, retries, and giving up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from analysis.errors import ServerError, WrongBodyError
from analysis.ingest.response import Answer, BrokenAnswerError, reason
from analysis.ingest.server_errors import DownError, RefusedError
from analysis.ingest.transport import Governor, Policy

QUICK = Policy(rate=None, first_delay=0.01, longest_delay=0.05, patience=60.0)
OK = Answer(200, {}, b"fine")


def quick(**other):
    settings = {name: getattr(QUICK, name) for name in QUICK.__slots__}
    return Policy(**settings | other)


def answers(*given):
    """A `send` that returns these in turn, or raises them if they are exceptions."""
    left = list(given)

    def send():
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    return send


def ask(governor, send, read=lambda answer: answer.body, **more):
    return governor.ask("http://127.0.0.1/x", send, read, **more)


def failing(status, body=b"", **headers):
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize("failure", [*map(failing, (304, 408, 429, 500, 502, 503, 504)), BrokenAnswerError("reset")])
def test_a_failure_that_may_pass_is_tried_again(failure):
    governor = Governor(QUICK)

    result = ask(governor, answers(failure, failure, OK))

    assert (result, governor.traffic.requests, governor.traffic.retries) == (b"fine", 3, 2)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410])
def test_a_refusal_is_final_and_carries_its_status(status):
    governor = Governor(QUICK)

    with pytest.raises(RefusedError, match=str(status)) as error:
        ask(governor, answers(failing(status, b"No \x1b[31m<b>such\x00 bug")))

    assert (error.value.status, governor.traffic.requests) == (status, 1)
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (Answer(401, {}, b"Unauthorized"), "check the user and the password"),
        (Answer(301, {"location": "https://review.example.org/r/"}, b""), "301: 'https://review.example.org/r/'"),
    ],
)
def test_a_refusal_says_what_to_do_about_it(answer, advice):
    with pytest.raises(RefusedError) as error:
        ask(Governor(QUICK), answers(answer))

    assert advice in str(error.value)


def test_the_reason_of_a_failure_is_the_error_that_libraries_wrapped():
    refused = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "wrapped")))  # type: ignore[arg-type]
    refused.args[0].reason.__cause__ = ConnectionRefusedError(111, "Connection refused")

    assert reason(refused) == "ConnectionRefusedError: '[Errno 111] Connection refused'"
    assert reason(ValueError("plain")) == "ValueError: 'plain'"


def test_a_longer_wait_is_shown_with_its_reason(monkeypatch):
    monkeypatch.setattr("analysis.ingest.transport.NOTED", 0.02)
    notes = []
    governor = Governor(quick(longest_delay=0.05), note=notes.append)

    ask(governor, answers(failing(503, b"crowded", retry_after="900"), OK))

    assert len(notes) == 1 and notes[0].startswith("waiting 0 s after 503: 'crowded'")


def test_a_failure_that_never_passes_ends_after_some_tries_with_its_reason():
    governor = Governor(quick(tries=3))

    with pytest.raises(ServerError, match=r"503: 'busy' \(after 3 tries\)"):
        ask(governor, lambda: failing(503, b"busy"))

    assert governor.traffic.requests == 3


def test_a_body_of_another_resource_is_requested_again_then_an_error():
    def wrong(answer):
        raise WrongBodyError(expected="bug 1", found="bug 2", do="again")

    governor = Governor(quick(tries=3))

    with pytest.raises(WrongBodyError):
        ask(governor, lambda: OK, wrong)

    assert governor.traffic.requests == 3


def test_no_more_requests_at_once_than_the_policy_allows():
    governor, most, under_way = Governor(quick(concurrency=3)), [0], [0]
    lock = threading.Lock()

    def send():
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.01)
        with lock:
            under_way[0] -= 1
        return OK

    with ThreadPoolExecutor(12) as pool:
        wait([pool.submit(ask, governor, send) for _ in range(36)])

    assert (most[0], governor.traffic.requests) == (3, 36)


def test_no_more_requests_a_second_than_the_policy_allows():
    governor = Governor(quick(rate=50.0))
    begun = time.monotonic()

    for _ in range(75):
        ask(governor, lambda: OK)

    # A second's worth may go at once; the rest keeps the pace.
    assert 0.4 < time.monotonic() - begun < 1.5


def test_an_overloaded_server_makes_all_workers_wait_together():
    governor = Governor(quick(longest_delay=0.3))
    crowded = threading.Event()

    def first():
        if not crowded.is_set():
            crowded.set()
            return failing(503, retry_after="900")
        return OK

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(ask, governor, first)
        crowded.wait(5)
        time.sleep(0.02)
        begun = time.monotonic()
        ask(governor, lambda: OK)
        waited = time.monotonic() - begun
        one.result()

    assert waited > 0.2  # Retry-After is honoured by everybody, and capped


def test_an_overloaded_server_gets_half_as_many_workers_until_it_recovers():
    governor = Governor(quick(concurrency=8))

    ask(governor, answers(failing(429), OK))
    after_one = governor._limit
    for _ in range(60):
        ask(governor, lambda: OK)

    assert 4 <= after_one < 5
    assert governor._limit == 8


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after": "Mon, 03 Aug 2015 12:00:09 GMT", "date": "Mon, 03 Aug 2015 12:00:02 GMT"}, 7.0),
        ({"retry-after": "Mon, 03 Aug 2015 11:00:00 GMT", "date": "Mon, 03 Aug 2015 12:00:02 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "\u00b2"}, None),  # a digit to Unicode, and no number
        ({"retry-after": "Mon, 03 Aug 2015 12:00:09 +99999999999999"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2300"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_on_the_servers_own_clock(headers, seconds):
    assert Answer(503, headers, b"").retry_after == seconds


def test_a_server_at_which_no_request_succeeds_is_down():
    governor = Governor(quick(patience=0.05, tries=1000))

    with pytest.raises(DownError, match="nothing for"):
        ask(governor, answers(*[BrokenAnswerError("refused")] * 1000))


def test_a_closed_governor_ends_every_wait():
    governor = Governor(quick(longest_delay=60.0))

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, governor, lambda: failing(503, retry_after="60"))
        time.sleep(0.05)
        governor.close()

        with pytest.raises(DownError, match="ending"):
            waiting.result(timeout=5)


@pytest.mark.parametrize(
    "date", ["Mon, 03 Aug 2015 12:00:09 +99999999999999", "Fri, 31 Dec 9999 23:59:59 -2300", "now"]
)
def test_a_date_outside_the_calendar_is_no_server_clock(date):
    assert Answer(200, {"date": date}, b"").date is None


def test_the_servers_clock_is_kept_from_the_first_answer_to_the_newest():
    governor = Governor(QUICK)
    for second in (2, 9, 5):  # a replica may lag behind
        ask(governor, lambda s=second: Answer(200, {"date": f"Mon, 03 Aug 2015 12:00:0{s} GMT"}, b""))

    assert (governor.traffic.first_date.second, governor.traffic.last_date.second) == (2, 9)
