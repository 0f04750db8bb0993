"""Signing in by a provider that lies, forgets, mixes things up, or is somebody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from wayside.domain.errors import UsageError
from wayside.serve import House, create_app
from wayside.serve.accounts import Accounts
from wayside.serve.gate import SECURE_COOKIE
from wayside.serve.passwords import TooManyTries
from wayside.serve.roles import Role
from wayside.serve.sign_in.pending import LIFE_S, Pending
from wayside.serve.sign_in.reach import ProviderFault, Reach, require_safe_url
from wayside.serve.sign_in.settings import ProviderSettings, Rights
from wayside.serve.sign_in.sign_in import SignIn, rights_of, user_name
from wayside.testing.clock import FakeClock
from wayside.testing.fake_house import PASSWORD, close, fake_house
from wayside.testing.serving import serving

KEY = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
CALLBACK = "/api/v1/sign-in/callback"


class Lying:
    """A provider that says whatever a test has it say. claims: put over the right ones, None
    takes one away. asked: the forms that came to its token endpoint.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.url = ""
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.key: Any = KEY
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.token: str | None = None
        self.asked: list[tuple[dict[str, str], str]] = []
        self.nonces: dict[str, str] = {}

    def answer(self, path: str, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                **self.metadata,
            }
        if path == "/keys":
            return {"keys": [KEY.as_dict(private=False)]}
        if path == "/token":
            self.asked.append((form, authorization))
            token = self.token or self._token(self.nonces.get(form.get("code", ""), ""))
            return {"access_token": "an access token", "token_type": "Bearer", "id_token": token}
        return None

    def _token(self, nonce: str) -> str:
        now = int(self._clock.now().timestamp())
        right = {
            "iss": self.url, "sub": "subject-1", "aud": "wayside", "iat": now, "exp": now + 300,
            "nonce": nonce, "preferred_username": "vera", "groups": ["team"],
            "email": "ada@example.org",
        }  # fmt: skip
        claims = {k: v for k, v in {**right, **self.claims}.items() if v is not None}
        return jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])


@contextmanager
def listening(lying: Lying) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say({key: found[0] for key, found in parse_qs(body).items()})

        def _say(self, form: dict[str, str]) -> None:
            found = lying.answer(self.path, form, self.headers.get("Authorization", ""))
            body = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        lying.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lying(clock: FakeClock) -> Iterator[Lying]:
    made = Lying(clock)
    with listening(made):
        yield made


@pytest.fixture
def house(tmp_path: Path, clock: FakeClock) -> Iterator[House]:
    made = fake_house(tmp_path, clock=clock, feeds=("square",))
    yield made
    close(made)


@pytest.fixture
def settings(lying: Lying) -> ProviderSettings:
    return ProviderSettings(
        name="Town Hall",
        issuer=lying.url,
        client_id="wayside",
        client_secret="hush: & more",
        public_url="https://wayside.example.org",
        claim="groups",
        rights=(Rights("team", Role.VIEWER, frozenset({"harbour"})),),
    )


def reach() -> Reach:
    return Reach(lambda _host, address: address == "127.0.0.1")


@pytest.fixture
def sign_in(settings: ProviderSettings, house: House, clock: FakeClock) -> SignIn:
    return SignIn(settings, reach(), house.accounts, clock)


class Way:
    """One sign-in, step by step, and what a test changes on the way."""

    def __init__(self, sign_in: SignIn, lying: Lying) -> None:
        self._sign_in = sign_in
        self.begun, address = sign_in.begin("10.0.0.9")
        self.asked = {key: found[0] for key, found in parse_qs(urlsplit(address).query).items()}
        lying.nonces["the code"] = self.asked["nonce"]
        self.browser = self.begun.browser
        self.answer = {"code": "the code", "state": self.asked["state"]}

    def end(self) -> Any:
        return self._sign_in.end(self.answer, self.browser, "10.0.0.9")


@pytest.fixture
def way(sign_in: SignIn, lying: Lying) -> Way:
    return Way(sign_in, lying)


def said_last(house: House) -> tuple[str, str]:
    last = house.accounts.audit_entries()[-1]
    return last.action, last.subject


def test_the_right_word_begins_a_session(way: Way, house: House, lying: Lying) -> None:
    assert way.asked["response_type"] == "code"
    assert way.asked["code_challenge_method"] == "S256"
    assert way.asked["redirect_uri"] == f"https://wayside.example.org{CALLBACK}"
    login = way.end()
    caller = house.accounts.caller_of_session(login.secret)
    assert caller is not None
    assert (caller.user, caller.role) == ("vera@127.0.0.1", Role.VIEWER)
    assert caller.groups == {"harbour"}
    ((form, authorization),) = lying.asked
    assert form["code_verifier"] == way.begun.verifier
    pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
    assert pair == "wayside:hush%3A%20%26%20more"
    assert "hush" not in str(form)


def test_the_verifier_is_what_the_challenge_was_made_of(way: Way) -> None:
    digest = hashlib.sha256(way.begun.verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert way.asked["code_challenge"] == challenge


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(
    lying: Lying, sign_in: SignIn
) -> None:
    lying.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert Way(sign_in, lying).end() is not None
    ((form, authorization),) = lying.asked
    assert (form["client_secret"], authorization) == ("hush: & more", "")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"aud": None},
        {"aud": ["wayside", "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://login.example.org"},
        {"iss": None},
        {"exp": 0},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"nbf": 32_503_680_000},
        {"sub": None},
        {"at_hash": "of-another-token"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    way: Way, lying: Lying, house: House, claims: dict[str, Any]
) -> None:
    lying.claims = claims
    with pytest.raises(ProviderFault):
        way.end()
    assert said_last(house)[0] == "login refused"
    assert not [user for user in house.accounts.users() if "@" in user.name]


def test_a_token_may_be_as_old_as_clocks_differ_and_no_older(
    sign_in: SignIn, lying: Lying, clock: FakeClock
) -> None:
    lying.claims = {"exp": int(clock.now().timestamp()) - 50}
    assert Way(sign_in, lying).end() is not None
    lying.claims = {"exp": int(clock.now().timestamp()) - 70}
    with pytest.raises(ProviderFault):
        Way(sign_in, lying).end()


def unsigned(lying: Lying, nonce: str, signature: str = "", alg: str = "none") -> str:
    now = 1_777_878_000
    claims = {"iss": lying.url, "sub": "subject-1", "aud": "wayside", "iat": now,
              "exp": now + 10**9, "nonce": nonce, "groups": ["team"]}  # fmt: skip
    parts = ({"alg": alg}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
    return ".".join([*texts, signature])


@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_a_token_without_a_signature_is_refused(way: Way, lying: Lying, signature: str) -> None:
    lying.token = unsigned(lying, way.asked["nonce"], signature)
    with pytest.raises(ProviderFault, match="not good"):
        way.end()


def test_a_token_of_another_key_is_refused(way: Way, lying: Lying) -> None:
    lying.key = OTHER
    with pytest.raises(ProviderFault, match="not good"):
        way.end()


def test_the_public_key_is_no_shared_secret(way: Way, lying: Lying) -> None:
    """HMAC with what everybody can read, which a careless library takes for a signature."""
    unsigned_part = unsigned(lying, way.asked["nonce"], alg="HS256").rpartition(".")[0]
    made = hmac.digest(KEY.as_pem(private=False), unsigned_part.encode(), "sha256")
    lying.token = f"{unsigned_part}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
    with pytest.raises(ProviderFault, match="not good"):
        way.end()


@pytest.mark.parametrize(
    ("changes", "browser"),
    [
        ({"state": "another"}, None),
        ({"state": None}, None),
        ({"state": ""}, None),
        ({}, "another"),
        ({}, ""),
        ({"code": None, "error": "access_denied"}, None),
    ],
    ids=str,
)
def test_what_was_not_begun_in_this_browser_is_refused(
    way: Way, house: House, lying: Lying, changes: dict[str, str | None], browser: str | None
) -> None:
    answer = {**way.answer, **changes}
    way.answer = {key: each for key, each in answer.items() if each is not None}
    way.browser = way.browser if browser is None else browser
    assert way.end() is None
    assert said_last(house)[0] == "login refused"
    assert lying.asked == []  # the code went nowhere


def test_a_state_is_good_once(way: Way) -> None:
    assert way.end() is not None
    assert way.end() is None


def test_a_sign_in_ends_after_ten_minutes(way: Way, clock: FakeClock) -> None:
    clock.advance(LIFE_S + 1)
    assert way.end() is None


@pytest.mark.parametrize("issuer", ["https://login.example.org", ""])
def test_the_answer_of_another_provider_is_refused(way: Way, lying: Lying, issuer: str) -> None:
    way.answer["iss"] = issuer
    with pytest.raises(ProviderFault, match="another provider"):
        way.end()
    assert lying.asked == []


def test_an_answer_must_name_its_provider_where_that_says_it_does(
    lying: Lying, sign_in: SignIn
) -> None:
    lying.metadata["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(ProviderFault, match="which provider"):
        Way(sign_in, lying).end()
    way = Way(sign_in, lying)
    way.answer["iss"] = lying.url
    assert way.end() is not None


def test_the_configuration_of_another_issuer_is_refused(lying: Lying, sign_in: SignIn) -> None:
    lying.metadata["issuer"] = "https://login.example.org"
    with pytest.raises(ProviderFault, match="another issuer"):
        sign_in.begin("a")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "file:///etc/passwd", "", None, 7])
def test_endpoints_are_https(lying: Lying, sign_in: SignIn, name: str, url: Any) -> None:
    lying.metadata[name] = url
    with pytest.raises(ProviderFault, match="https"):
        Way(sign_in, lying).end()


def test_the_guard_decides_what_is_reached(
    settings: ProviderSettings, house: House, clock: FakeClock, lying: Lying
) -> None:
    asked: list[tuple[str, str]] = []

    def allow(host: str, address: str) -> bool:
        asked.append((host, address))
        return False

    with pytest.raises(ProviderFault, match="cannot be asked"):
        SignIn(settings, Reach(allow), house.accounts, clock).begin("a")
    assert asked == [("127.0.0.1", "127.0.0.1")]
    # And again for an endpoint that lies elsewhere than the configuration.
    lying.metadata["token_endpoint"] = "https://127.0.0.2:1/token"
    with pytest.raises(ProviderFault, match="cannot be asked"):
        Way(SignIn(settings, reach(), house.accounts, clock), lying).end()


def test_addresses_are_https_or_of_this_machine() -> None:
    for url in ("https://login.example.org", "http://127.0.0.1:8", "http://localhost/x"):
        assert require_safe_url(url, "issuer") == url
    for url in ("http://login.example.org", "https://u:p@login.example.org", "https:///x", "x"):
        with pytest.raises(ProviderFault):
            require_safe_url(url, "issuer")


def test_only_the_map_gives_rights() -> None:
    team, chiefs = Rights("team", Role.VIEWER), Rights("chiefs", Role.ADMIN)
    both = (team, chiefs)
    assert rights_of(["x", "chiefs"], both) is chiefs
    assert rights_of(["chiefs", "team"], both) is team  # the order is that of site.yaml
    assert rights_of("chiefs", both) is chiefs
    for found in (None, [], "", "Chiefs", "chiefs,team", ["chief"], {"chiefs": 1}, [["chiefs"]], 1):
        assert rights_of(found, both) is None


def test_whom_the_provider_no_longer_allows_is_gone(
    sign_in: SignIn, lying: Lying, house: House
) -> None:
    login = Way(sign_in, lying).end()
    lying.claims = {"groups": ["others"]}
    assert Way(sign_in, lying).end() is None
    assert house.accounts.caller_of_session(login.secret) is None
    assert not [user for user in house.accounts.users() if "@" in user.name]


def test_rights_follow_the_map_at_each_sign_in(
    settings: ProviderSettings, lying: Lying, house: House, clock: FakeClock
) -> None:
    first = Way(SignIn(settings, reach(), house.accounts, clock), lying).end()
    wider = replace(settings, rights=(Rights("team", Role.OPERATOR),))
    second = Way(SignIn(wider, reach(), house.accounts, clock), lying).end()
    for login in (first, second):
        caller = house.accounts.caller_of_session(login.secret)
        assert caller is not None
        assert (caller.role, caller.groups) == (Role.OPERATOR, None)
    assert not house.accounts.still_valid(first.caller)


def test_no_account_is_joined_to_another_by_name_or_address(
    sign_in: SignIn, lying: Lying, house: House
) -> None:
    """ada is an admin here. The provider's ada, and one with her address, are others."""
    lying.claims = {"preferred_username": "ada", "email": "ada@example.org"}
    first = Way(sign_in, lying).end()
    assert first.caller.user == "ada@127.0.0.1"
    assert first.caller.role is Role.VIEWER
    lying.claims |= {"sub": "subject-2"}
    second = Way(sign_in, lying).end()
    assert second.caller.user == "ada-2@127.0.0.1"
    lying.claims |= {"preferred_username": "vera", "sub": "subject-1"}
    assert Way(sign_in, lying).end().caller.user == "ada@127.0.0.1"
    house.accounts.add_user("vera@127.0.0.1", PASSWORD, Role.ADMIN)
    lying.claims |= {"preferred_username": "vera", "sub": "subject-3"}
    third = Way(sign_in, lying).end()
    assert (third.caller.user, third.caller.role) == ("vera-2@127.0.0.1", Role.VIEWER)
    roles = {user.name: user.role for user in house.accounts.users()}
    assert roles["ada"] is roles["vera@127.0.0.1"] is Role.ADMIN


def test_names_are_made_fit() -> None:
    assert user_name("vera", "https://login.example.org/realm") == "vera@login.example.org"
    assert user_name("a b@c.org", "https://x") == "a-b-c.org@x"
    for found in (None, "", "@", 7, ["vera"], "\u0430"):
        assert user_name(found, "https://x") == "user@x"
    assert len(user_name("v" * 300, f"https://{'h' * 60}.org")) <= 63


def test_who_has_no_password_here_gets_none(sign_in: SignIn, lying: Lying, house: House) -> None:
    name = Way(sign_in, lying).end().caller.user
    for password in ("", PASSWORD):
        assert house.accounts.log_in(name, password, "a") is None
    with pytest.raises(UsageError, match="provider"):
        house.accounts.change_user(name, password=PASSWORD)
    with pytest.raises(UsageError, match="provider"):
        house.accounts.change_user(name, role=Role.OPERATOR)
    assert house.accounts.remove_user(name)


def test_the_last_admin_with_a_password_stays(
    settings: ProviderSettings, lying: Lying, house: House, clock: FakeClock
) -> None:
    chiefs = replace(settings, rights=(Rights("team", Role.ADMIN),))
    assert Way(SignIn(chiefs, reach(), house.accounts, clock), lying).end() is not None
    with pytest.raises(UsageError, match="last admin"):
        house.accounts.remove_user("ada")


def test_nobody_comes_by_the_provider_before_there_is_a_user(
    settings: ProviderSettings, lying: Lying, tmp_path: Path, clock: FakeClock
) -> None:
    empty = Accounts(tmp_path / "empty.db", clock)
    link = empty.first_link("http://x").rpartition("=")[2]
    assert Way(SignIn(settings, reach(), empty, clock), lying).end() is None
    assert empty.log_in_by_link(link, "a") is not None
    empty.close()


def test_tries_are_limited(sign_in: SignIn, clock: FakeClock) -> None:
    for _ in range(20):
        assert sign_in.end({"state": "x", "code": "y"}, "b", "10.0.0.1") is None
    with pytest.raises(TooManyTries):
        sign_in.end({"state": "x", "code": "y"}, "b", "10.0.0.1")
    assert sign_in.end({"state": "x", "code": "y"}, "b", "10.0.0.2") is None
    clock.advance(901)
    assert sign_in.end({"state": "x", "code": "y"}, "b", "10.0.0.1") is None


def test_one_address_pushes_out_nobody_else(clock: FakeClock) -> None:
    pending = Pending(clock)
    mine = pending.begin("10.0.0.1")
    assert mine is not None
    theirs = [pending.begin("10.0.0.2") for _ in range(50)]
    assert pending.take(mine.state, mine.browser) == mine
    left = [each for each in theirs if each and pending.take(each.state, each.browser)]
    assert left == theirs[-10:]
    for number in range(100):
        for _ in range(10):
            assert pending.begin(f"10.1.0.{number}") is not None
    assert pending.begin("10.2.0.1") is None
    clock.advance(LIFE_S + 1)
    assert pending.begin("10.2.0.1") is not None


@pytest.fixture
def url(house: House, sign_in: SignIn) -> Iterator[str]:
    served = replace(house, sign_in=sign_in, public_url="https://wayside.example.org")
    with serving(create_app(served)) as found:
        yield found


def test_the_browser_is_bound_by_a_cookie_and_gets_a_strict_session(
    url: str, lying: Lying, house: House
) -> None:
    with httpx.Client(base_url=url, timeout=20) as client:
        assert client.get("/api/v1/sign-in").json() == {"name": "Town Hall"}
        begun = client.get("/api/v1/sign-in/begin")
        cookie = begun.headers["set-cookie"]
        for part in ("wayside-sign-in=", "HttpOnly", "Secure", "SameSite=lax",
                     "Path=/api/v1/sign-in", "Max-Age=600"):  # fmt: skip
            assert part in cookie
        query = parse_qs(urlsplit(begun.headers["location"]).query)
        lying.nonces["c"] = query["nonce"][0]
        secret = cookie.split(";")[0].partition("=")[2]
        back = f"{CALLBACK}?code=c&state={query['state'][0]}"
        for bound in ({}, {"Cookie": "wayside-sign-in=another"}):
            client.cookies.clear()
            refused = client.get(back.replace("state=", "state=x"), headers=bound)
            assert refused.headers["location"] == "/#sign-in=refused"
        end = client.get(back, headers={"Cookie": f"wayside-sign-in={secret}"})
        assert (end.status_code, end.headers["location"]) == (303, "/")
        cookies = end.headers.get_list("set-cookie")
        (session,) = [each for each in cookies if each.startswith(SECURE_COOKIE)]
        for part in ("HttpOnly", "Secure", "SameSite=strict"):
            assert part in session
        # Parameters that come twice are nobody's.
        assert client.get(f"{back}&state=y").headers["location"] == "/#sign-in=refused"
    assert ("vera@127.0.0.1", "login") in [
        (each.who, each.action) for each in house.accounts.audit_entries()
    ]


def test_a_provider_that_fails_leads_back_to_the_page(url: str, lying: Lying) -> None:
    lying.metadata["issuer"] = "https://login.example.org"
    with httpx.Client(base_url=url, timeout=20) as client:
        answer = client.get("/api/v1/sign-in/begin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/#sign-in=failed")


def test_without_a_provider_there_is_no_way(house: House) -> None:
    with serving(create_app(house)) as found, httpx.Client(base_url=found) as client:
        assert client.get("/api/v1/sign-in").json() == {"name": None}
        assert client.get("/api/v1/sign-in/begin").status_code == 404
        assert client.get(CALLBACK).status_code == 404


def test_nothing_of_a_sign_in_is_kept(
    way: Way, tmp_path: Path, caplog: pytest.LogCaptureFixture, settings: ProviderSettings
) -> None:
    assert way.end() is not None
    written = b"".join(path.read_bytes() for path in tmp_path.glob("accounts.db*"))
    assert b"subject-1" in written
    for secret in (b"eyJ", b"an access token", b"hush", b"ada@example.org", b"the code"):
        assert secret not in written
    assert "hush" not in repr(settings)
    assert way.begun.verifier not in repr(way.begun)
