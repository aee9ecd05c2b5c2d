"""Who may come in: one-time links, the cookies that they are exchanged for, and the tokens that
every form carries.

All of it lives as long as the process. A link is good once and for a short while; a cookie is
known by its digest alone. No clock and no randomness but those that are given.
"""

from __future__ import annotations

import hashlib
import hmac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LINK_SECONDS = 300.0
_SECRET_BYTES = 32
_MOST_BROWSERS = 64


class Doors:
    """The way in for browsers on this machine, to the server at *port*.

    *now* is a clock in seconds that never goes back, *randomness* gives as many bytes as asked;
    whoever has the *metrics token* may read the metrics, and nothing else.
    """

    def __init__(
        self,
        port: int,
        now: Callable[[], float],
        randomness: Callable[[int], bytes],
        metrics_token: str | None = None,
    ) -> None:
        self.port = port
        # Exact strings: a browser that was led here under another name gets nothing.
        self.hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
        self.origins = frozenset(f"http://{host}" for host in self.hosts)
        # Cookies are not kept apart by port, so the name has to.
        self.cookie_name = f"agent-session-{port}"
        self._now = now
        self._randomness = randomness
        self._links: dict[str, float] = {}
        self._browsers: dict[str, None] = {}
        self._key = randomness(_SECRET_BYTES)
        self._metrics_token = metrics_token and _digest(metrics_token)

    # --- links --------------------------------------------------------------------------------

    def new_link(self) -> str:
        """The secret of a link that lets one browser in, once, within LINK_SECONDS."""
        now = self._now()
        self._links = {link: end for link, end in self._links.items() if end > now}
        secret = self._secret()
        self._links[_digest(secret)] = now + LINK_SECONDS
        return secret

    def enter(self, link: str) -> str | None:
        """The cookie for whoever comes with *link*, which is used up; None where it is no link,
        was used, or is too old.
        """
        end = self._links.pop(_digest(link), None)
        if end is None or end <= self._now():
            return None
        while len(self._browsers) >= _MOST_BROWSERS:
            del self._browsers[next(iter(self._browsers))]
        cookie = self._secret()
        self._browsers[_digest(cookie)] = None
        return cookie

    # --- browsers -----------------------------------------------------------------------------

    def knows(self, cookie: str | None) -> bool:
        return cookie is not None and _digest(cookie) in self._browsers

    def leave(self, cookie: str) -> None:
        """The browser with *cookie* is let in no more."""
        self._browsers.pop(_digest(cookie), None)

    def token_for(self, cookie: str) -> str:
        """What each form shown to the browser with *cookie* carries."""
        return hmac.new(self._key, cookie.encode(), hashlib.sha256).hexdigest()

    def is_token(self, token: str, cookie: str) -> bool:
        expected = self.token_for(cookie)
        return hmac.compare_digest(token.encode(errors="replace"), expected.encode())

    def is_metrics_token(self, token: str) -> bool:
        return self._metrics_token is not None and _digest(token) == self._metrics_token

    def _secret(self) -> str:
        return self._randomness(_SECRET_BYTES).hex()


def _digest(secret: str) -> str:
    """Looked up instead of the secret, so that no comparison tells how much of it was right."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
