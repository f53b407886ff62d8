"""One request and one response, as objects instead of bytes."""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """A client's request. `base` is the server's own address, which links contain."""

    base: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]  # names in lower case

    @classmethod
    def parse(cls, target: str, headers: dict[str, str], base: str) -> "Request":
        """The request for the target of a request line; ValueError for more than 2,000 parameters."""
        parts = urlsplit(target)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=2000))
        return cls(base, parts.path, query, headers)

    def one(self, name: str, default: str = "") -> str:
        """The first value of a parameter; `default` if it was not sent."""
        return next((value for key, value in self.query if key == name), default)

    def every(self, name: str) -> list[str]:
        """All values of a parameter in order; empty if it was not sent."""
        return [value for key, value in self.query if key == name]

    def segments(self, root: str) -> list[str]:
        """The decoded parts of the path below `root`."""
        return [unquote(part) for part in self.path.removeprefix(root).strip("/").split("/")]

    def basic_user(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic; None if they were not sent."""
        scheme, _, rest = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        user, _, password = base64.b64decode(rest).decode("utf-8", "replace").partition(":")
        return user, password

    def has_oauth_token(self) -> bool:
        """Whether launchpadlib is logged in; an anonymous client sends OAuth too, with an empty token."""
        authorization = self.headers.get("authorization", "")
        return "oauth_token=" in authorization and 'oauth_token=""' not in authorization


@dataclass(slots=True)
class Response:
    """A response. The server adds Date, Content-Length and, for a long body, gzip."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: object, *, prefix: str = "", status: int = 200) -> Response:
    """The value as compact JSON in ASCII, after `prefix` (Gerrit's guard)."""
    # ensure_ascii writes lone surrogates as \\udXXX, which is legal JSON and a trap that real servers set too
    return Response(status, (prefix + json.dumps(value, separators=(",", ":"))).encode("ascii"))


def as_text(status: int, text: str, content_type: str = "text/plain;charset=utf-8") -> Response:
    """The text in UTF-8."""
    return Response(status, text.encode(), content_type)
