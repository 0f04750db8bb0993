"""One sign-in by the provider, from the button to the session or the refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from wayside.domain.time import Clock
from wayside.serve.account_records import Login
from wayside.serve.accounts import Accounts
from wayside.serve.login_limits import Bucket
from wayside.serve.passwords import TooManyTries
from wayside.serve.sign_in.pending import Begun, Pending
from wayside.serve.sign_in.provider import Provider
from wayside.serve.sign_in.reach import ProviderFault, Reach
from wayside.serve.sign_in.settings import ProviderSettings, Rights


class SignIn:
    """Any thread may use it."""

    def __init__(
        self, settings: ProviderSettings, reach: Reach, accounts: Accounts, clock: Clock
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._provider = Provider(settings, reach, clock)
        self._pending = Pending(clock)

    @property
    def name(self) -> str:
        return self._settings.name

    def begin(self, address: str) -> tuple[Begun, str]:
        """What waits, and where the browser goes. Raises TooManyTries, ProviderFault."""
        begun = self._pending.begin(address)
        if begun is None:
            raise TooManyTries(60)
        return begun, self._provider.address(begun)

    def end(self, answer: Mapping[str, str], browser: str, address: str) -> Login | None:
        """None for whom nothing in site.yaml allows, and for what is not the end of a begin.

        answer: the query that the provider sent the browser back with. Raises TooManyTries,
        ProviderFault, StoreError; every refusal is in the audit log.
        """
        buckets = self._accounts.take_sign_in_try(address)
        begun = self._pending.take(answer.get("state", ""), browser)
        if begun is None:
            self._note_refused("not begun in this browser")
            return None
        if "code" not in answer:
            self._note_refused("the provider refused")
            return None
        try:
            claims = self._provider.claims(answer["code"], answer.get("iss"), begun)
        except ProviderFault as error:
            self._note_refused(error.what)
            raise
        return self._login(claims, buckets)

    def _login(self, claims: Mapping[str, Any], buckets: tuple[Bucket, ...]) -> Login | None:
        settings, subject = self._settings, claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            self._note_refused("no subject")
            return None
        rights = rights_of(claims.get(settings.claim), settings.rights)
        if rights is None:
            self._accounts.end_provided_user(settings.issuer, subject)
            self._note_refused("nothing in site.yaml allows it")
            return None
        wanted = user_name(claims.get(settings.name_claim), settings.issuer)
        return self._accounts.log_in_by_provider(
            settings.issuer, subject, wanted, rights.role, rights.groups, buckets
        )

    def _note_refused(self, why: str) -> None:
        self._accounts.note_refused_sign_in(f"{self._settings.name}: {why}")


def rights_of(found: Any, rights: tuple[Rights, ...]) -> Rights | None:
    """The first of ``rights`` whose value the claim has, whole and in the same letters."""
    values = found if isinstance(found, list) else [found]
    return next((each for each in rights if each.value in values), None)


def user_name(found: Any, issuer: str) -> str:
    """``vera@login.example.org``: never the name of a user of this machine by accident.

    It is shown and decides nothing: a user is known by issuer and subject.
    """
    own = re.sub(r"[^A-Za-z0-9._-]+", "-", found if isinstance(found, str) else "").strip("-._")
    host = re.sub(r"[^A-Za-z0-9.-]+", "-", urlsplit(issuer).hostname or "").strip("-.")
    return f"{own[:24] or 'user'}@{host[:32] or 'provider'}"
