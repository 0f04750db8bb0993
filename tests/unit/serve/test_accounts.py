"""Users, sessions, tokens, the first-start link, limits and the audit log."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from wayside.domain.errors import StoreError, UsageError
from wayside.serve.accounts import ABSOLUTE_S, IDLE_S, LINK_S, Accounts
from wayside.serve.passwords import AT_ONCE, Passwords, TooManyTries, require_good
from wayside.serve.roles import Role
from wayside.testing.clock import FakeClock

PASSWORD = "seven tall herons"
OTHER = "eleven small geese"


def weak() -> Passwords:
    return Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def accounts(tmp_path: Path, clock: FakeClock) -> Iterator[Accounts]:
    made = Accounts(tmp_path / "accounts.db", clock, weak())
    made.add_user("ada", PASSWORD, Role.ADMIN)
    yield made
    made.close()


@pytest.fixture
def empty(tmp_path: Path, clock: FakeClock) -> Iterator[Accounts]:
    made = Accounts(tmp_path / "empty.db", clock, weak())
    yield made
    made.close()


def test_a_right_password_begins_a_session(accounts: Accounts) -> None:
    login = accounts.log_in("ADA", PASSWORD, "10.0.0.1")
    assert login is not None
    caller = accounts.caller_of_session(login.secret)
    assert caller is not None
    assert (caller.user, caller.role, caller.must_create_user) == ("ada", Role.ADMIN, False)


def test_a_wrong_password_and_an_unknown_user_are_refused_alike(accounts: Accounts) -> None:
    assert accounts.log_in("ada", OTHER, "a") is None
    assert accounts.log_in("eve", PASSWORD, "a") is None
    assert accounts.caller_of_session("x" * 43) is None


def test_an_idle_session_ends(accounts: Accounts, clock: FakeClock) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    clock.advance(IDLE_S - 1)
    assert accounts.caller_of_session(login.secret) is not None
    clock.advance(IDLE_S)
    assert accounts.caller_of_session(login.secret) is None


def test_no_session_outlives_its_absolute_end(accounts: Accounts, clock: FakeClock) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    for _ in range(ABSOLUTE_S // 3600 - 1):
        clock.advance(3600)
        assert accounts.caller_of_session(login.secret) is not None
    clock.advance(3600)
    assert accounts.caller_of_session(login.secret) is None


def test_logging_out_ends_that_session_only(accounts: Accounts) -> None:
    one, two = accounts.log_in("ada", PASSWORD, "a"), accounts.log_in("ada", PASSWORD, "a")
    assert one is not None
    assert two is not None
    accounts.log_out(one.caller)
    assert not accounts.still_valid(one.caller)
    assert accounts.still_valid(two.caller)


def test_a_new_password_ends_sessions_and_tokens(accounts: Accounts) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    _, text = accounts.tokens.add("grafana", Role.VIEWER, timedelta(days=1), by=login.caller)
    accounts.change_user("ada", password=OTHER)
    assert accounts.caller_of_session(login.secret) is None
    assert accounts.tokens.caller_of(text) is None
    assert accounts.log_in("ada", PASSWORD, "a") is None
    assert accounts.log_in("ada", OTHER, "a") is not None


def test_ones_own_password_ends_the_other_sessions(accounts: Accounts) -> None:
    mine, other = accounts.log_in("ada", PASSWORD, "a"), accounts.log_in("ada", PASSWORD, "b")
    assert mine is not None
    assert other is not None
    _, text = accounts.tokens.add("grafana", Role.VIEWER, timedelta(days=1), by=mine.caller)
    assert not accounts.change_own_password(mine.caller, "not this one", OTHER, "a")
    assert accounts.caller_of_session(other.secret) is not None
    assert accounts.change_own_password(mine.caller, PASSWORD, OTHER, "a")
    assert accounts.caller_of_session(mine.secret) == mine.caller
    assert accounts.caller_of_session(other.secret) is None
    assert accounts.tokens.caller_of(text) is None
    assert accounts.log_in("ada", PASSWORD, "a") is None
    assert accounts.log_in("ada", OTHER, "a") is not None
    told = [(each.who, each.action, each.subject) for each in accounts.audit_entries()]
    assert ("ada", "password change refused", "ada") in told
    assert ("ada", "password changed", "ada") in told


def test_tries_at_ones_own_password_are_limited_as_logins_are(
    accounts: Accounts, clock: FakeClock
) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    for _ in range(8):
        assert not accounts.change_own_password(login.caller, "not this one", OTHER, "a")
    with pytest.raises(TooManyTries):
        accounts.change_own_password(login.caller, PASSWORD, OTHER, "a")
    with pytest.raises(TooManyTries):  # the same tries, whichever way they are made
        accounts.log_in("ada", PASSWORD, "a")
    clock.advance(901)
    with pytest.raises(UsageError, match="characters"):
        accounts.change_own_password(login.caller, PASSWORD, "short", "a")
    assert accounts.change_own_password(login.caller, PASSWORD, OTHER, "a")


def test_who_has_no_password_changes_none(accounts: Accounts, empty: Accounts) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    _, text = accounts.tokens.add("grafana", Role.ADMIN, timedelta(days=1), by=login.caller)
    program = accounts.tokens.caller_of(text)
    assert program is not None
    with pytest.raises(UsageError, match="logged in"):
        accounts.change_own_password(program, PASSWORD, OTHER, "a")
    secret = empty.first_link("http://x").partition("=")[2]
    first = empty.log_in_by_link(secret, "a")
    assert first is not None
    with pytest.raises(UsageError, match="logged in"):
        empty.change_own_password(first.caller, PASSWORD, OTHER, "a")


def test_a_changed_role_counts_at_once(accounts: Accounts) -> None:
    accounts.add_user("otto", OTHER, Role.OPERATOR)
    login = accounts.log_in("otto", OTHER, "a")
    assert login is not None
    accounts.change_user("otto", role=Role.VIEWER)
    caller = accounts.caller_of_session(login.secret)
    assert caller is not None
    assert caller.role is Role.VIEWER
    assert not accounts.still_valid(login.caller)


def test_a_removed_user_is_gone_everywhere(accounts: Accounts) -> None:
    accounts.add_user("otto", OTHER, Role.OPERATOR)
    login = accounts.log_in("otto", OTHER, "a")
    assert login is not None
    _, text = accounts.tokens.add("t", Role.OPERATOR, timedelta(days=1), by=login.caller)
    assert accounts.remove_user("otto")
    assert accounts.caller_of_session(login.secret) is None
    assert accounts.tokens.caller_of(text) is None
    assert not accounts.remove_user("otto")


def test_the_last_admin_stays(accounts: Accounts) -> None:
    with pytest.raises(UsageError, match="last admin"):
        accounts.remove_user("ada")
    with pytest.raises(UsageError, match="last admin"):
        accounts.change_user("ada", role=Role.VIEWER)
    accounts.add_user("eva", OTHER, Role.ADMIN)
    assert accounts.remove_user("ada")


@pytest.mark.parametrize("name", ["", "-x", "a b", "first-start", "a" * 64, "é", "a\n"])
def test_a_bad_name_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(UsageError):
        accounts.add_user(name, OTHER, Role.VIEWER)


def test_a_name_is_taken_whatever_its_case(accounts: Accounts) -> None:
    with pytest.raises(UsageError, match="taken"):
        accounts.add_user("Ada", OTHER, Role.VIEWER)


@pytest.mark.parametrize("password", ["short", "x" * 257, "ada1234567"])
def test_a_poor_password_is_refused_and_not_quoted(password: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_good(password, "ada")
    assert password not in str(caught.value)


def test_the_first_user_is_an_admin(empty: Accounts) -> None:
    with pytest.raises(UsageError, match="first user"):
        empty.add_user("otto", PASSWORD, Role.OPERATOR)


def test_the_first_link_works_once_and_becomes_its_user(empty: Accounts) -> None:
    link = empty.first_link("http://127.0.0.1:8080/")
    base, _, secret = link.partition("/#link=")
    assert base == "http://127.0.0.1:8080"
    login = empty.log_in_by_link(secret, "a")
    assert login is not None
    assert login.caller.must_create_user
    assert login.caller.role is Role.ADMIN
    assert empty.log_in_by_link(secret, "a") is None
    empty.add_user("ada", PASSWORD, Role.ADMIN, by=login.caller)
    caller = empty.caller_of_session(login.secret)
    assert caller is not None
    assert (caller.user, caller.must_create_user) == ("ada", False)
    with pytest.raises(UsageError):
        empty.first_link("http://127.0.0.1:8080")


def test_a_link_is_too_old_after_half_an_hour(empty: Accounts, clock: FakeClock) -> None:
    secret = empty.first_link("http://x").partition("=")[2]
    clock.advance(LINK_S)
    assert empty.log_in_by_link(secret, "a") is None


def test_a_new_link_ends_the_one_before(empty: Accounts) -> None:
    old = empty.first_link("http://x").partition("=")[2]
    new = empty.first_link("http://x").partition("=")[2]
    assert empty.log_in_by_link(old, "a") is None
    assert empty.log_in_by_link(new, "a") is not None


def test_other_link_sessions_end_with_the_first_user(empty: Accounts) -> None:
    first = empty.log_in_by_link(empty.first_link("http://x").partition("=")[2], "a")
    second = empty.log_in_by_link(empty.first_link("http://x").partition("=")[2], "a")
    assert first is not None
    assert second is not None
    empty.add_user("ada", PASSWORD, Role.ADMIN, by=second.caller)
    assert empty.caller_of_session(first.secret) is None
    assert empty.caller_of_session(second.secret) is not None


def test_a_link_is_worth_nothing_once_a_user_exists(empty: Accounts) -> None:
    secret = empty.first_link("http://x").partition("=")[2]
    empty.add_user("ada", PASSWORD, Role.ADMIN)
    assert empty.log_in_by_link(secret, "a") is None


def test_a_token_is_known_until_it_expires(accounts: Accounts, clock: FakeClock) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    token, text = accounts.tokens.add("t", Role.OPERATOR, timedelta(days=2), by=login.caller)
    caller = accounts.tokens.caller_of(text)
    assert caller is not None
    assert (caller.user, caller.role, caller.token) == ("ada", Role.OPERATOR, token.id)
    assert accounts.tokens.caller_of(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert accounts.tokens.caller_of("wst_nonsense") is None
    clock.advance(2 * 86_400)
    assert accounts.tokens.caller_of(text) is None
    assert not accounts.still_valid(caller)


def test_a_token_never_does_more_than_its_user(accounts: Accounts) -> None:
    accounts.add_user("otto", OTHER, Role.OPERATOR)
    login = accounts.log_in("otto", OTHER, "a")
    assert login is not None
    with pytest.raises(UsageError):
        accounts.tokens.add("t", Role.ADMIN, timedelta(days=1), by=login.caller)
    _, text = accounts.tokens.add("t", Role.OPERATOR, timedelta(days=1), by=login.caller)
    accounts.change_user("otto", role=Role.VIEWER)
    caller = accounts.tokens.caller_of(text)
    assert caller is not None
    assert caller.role is Role.VIEWER


def test_guessing_is_limited_also_after_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "accounts.db"
    accounts = Accounts(path, clock, weak())
    accounts.add_user("ada", PASSWORD, Role.ADMIN)
    for _ in range(8):
        assert accounts.log_in("ada", OTHER, "10.0.0.9") is None
    accounts.close()
    accounts = Accounts(path, clock, weak())
    try:
        with pytest.raises(TooManyTries) as caught:
            accounts.log_in("ada", PASSWORD, "10.0.0.9")
        assert 0 < caught.value.retry_after_s <= 900
        assert accounts.log_in("ada", PASSWORD, "10.0.0.10") is not None
        clock.advance(901)
        assert accounts.log_in("ada", PASSWORD, "10.0.0.9") is not None
    finally:
        accounts.close()


def test_one_address_cannot_try_many_users(accounts: Accounts) -> None:
    for number in range(30):
        assert accounts.log_in(f"user{number}", OTHER, "10.0.0.9") is None
    with pytest.raises(TooManyTries):
        accounts.log_in("ada", PASSWORD, "10.0.0.9")
    assert accounts.log_in("ada", PASSWORD, "10.0.0.8") is not None


def test_right_passwords_are_not_counted(accounts: Accounts) -> None:
    logins = [accounts.log_in("ada", PASSWORD, "a") for _ in range(70)]
    assert all(logins)


def test_no_secret_is_in_the_file(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "accounts.db"
    accounts = Accounts(path, clock, weak())
    link = accounts.first_link("http://x").partition("=")[2]
    login = accounts.log_in_by_link(link, "192.0.2.77")
    assert login is not None
    accounts.add_user("ada", PASSWORD, Role.ADMIN, by=login.caller)
    caller = accounts.caller_of_session(login.secret)
    assert caller is not None
    _, text = accounts.tokens.add("t", Role.VIEWER, timedelta(days=1), by=caller)
    accounts.log_in("seven tall herons, typed as a name", OTHER, "192.0.2.77")
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    accounts.close()
    assert b"ada" in kept
    for secret in (PASSWORD, OTHER, link, login.secret, text, text.rpartition("_")[2], "192.0.2"):
        assert secret.encode() not in kept
    assert path.stat().st_mode & 0o077 == 0


def test_secrets_are_not_in_reprs(accounts: Accounts) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    assert login.secret not in repr(login)
    assert repr(login.caller.session) not in repr(login)


def test_two_hashes_at_once_at_most() -> None:
    class Counting(Argon2Hasher):
        now = most = 0
        lock = threading.Lock()
        both = threading.Barrier(AT_ONCE)

        def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002
            with self.lock:
                Counting.now += 1
                Counting.most = max(Counting.most, Counting.now)
            self.both.wait(20)  # holds until two are inside, so a third would show
            with self.lock:
                Counting.now -= 1
            return super().verify(password, hash)

    passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    stored = passwords.hash(PASSWORD)
    right: list[bool] = []
    threads = [
        threading.Thread(target=lambda: right.append(passwords.verify(PASSWORD, stored)))
        for _ in range(AT_ONCE * 4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * len(threads)
    assert Counting.most == AT_ONCE


def test_the_audit_log_tells_what_happened(accounts: Accounts) -> None:
    accounts.log_in("ada", OTHER, "a")
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    accounts.note(login.caller, "scene changed", "mast-1")
    told = [(each.who, each.action, each.subject) for each in accounts.audit_entries()]
    assert told == [
        ("", "user added", "ada as admin"),
        ("", "login refused", "ada"),
        ("ada", "login", "password"),
        ("ada", "scene changed", "mast-1"),
    ]
    assert accounts.checked_audit_log().broken is None


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE audit SET who = 'eve' WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("UPDATE audit SET at_us = at_us + 1 WHERE number = 3", 3),
    ],
)
def test_a_changed_audit_log_shows(
    accounts: Accounts, tmp_path: Path, change: str, broken: int
) -> None:
    login = accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    accounts.note(login.caller, "feed removed", "mast-1")
    other = sqlite3.connect(tmp_path / "accounts.db", isolation_level=None)
    other.execute(change)
    other.close()
    assert accounts.checked_audit_log().broken == broken


def test_another_programs_file_is_left_alone(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE birds (name TEXT)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError):
        Accounts(path, clock, weak())
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_opened_is_a_store_error(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreError):
        Accounts(tmp_path / "nowhere" / "accounts.db", clock, weak())


def test_a_token_is_limited_to_what_it_and_its_user_have_in_common(accounts: Accounts) -> None:
    some = frozenset({"harbour", "bridge"})
    accounts.add_user("lim", PASSWORD, Role.OPERATOR, groups=some)
    login = accounts.log_in("lim", PASSWORD, "a")
    assert login is not None
    assert login.caller.groups == some
    wide = frozenset({"bridge", "vault"})
    token, text = accounts.tokens.add(
        "t", Role.VIEWER, timedelta(days=1), groups=wide, by=login.caller
    )
    assert token.groups == {"bridge"}
    caller = accounts.tokens.caller_of(text)
    assert caller is not None
    assert caller.groups == {"bridge"}
    accounts.change_user("lim", groups=frozenset({"harbour"}))
    assert not accounts.still_valid(caller)
    assert not accounts.still_valid(login.caller)
    now = accounts.tokens.caller_of(text)
    assert now is not None
    assert now.groups == frozenset()
    accounts.change_user("lim", groups=None)
    (kept,) = accounts.tokens.all()
    assert kept.groups == {"bridge"}


def test_an_admin_is_never_limited(accounts: Accounts) -> None:
    some = frozenset({"harbour"})
    with pytest.raises(UsageError, match="admin"):
        accounts.add_user("bob", PASSWORD, Role.ADMIN, groups=some)
    with pytest.raises(UsageError, match="admin"):
        accounts.change_user("ada", groups=some)
    accounts.add_user("bob", PASSWORD, Role.VIEWER, groups=some)
    with pytest.raises(UsageError, match="admin"):
        accounts.change_user("bob", role=Role.ADMIN)
    assert [user.role for user in accounts.users()] == [Role.ADMIN, Role.VIEWER]


@pytest.mark.parametrize("kept", ["", "harbour", "{}", "3", '"harbour"', "[1, null]", "[["])
def test_groups_that_cannot_be_read_are_no_feeds(
    accounts: Accounts, tmp_path: Path, kept: str
) -> None:
    accounts.add_user("lim", PASSWORD, Role.VIEWER, groups=frozenset({"harbour"}))
    other = sqlite3.connect(tmp_path / "accounts.db", isolation_level=None)
    other.execute("UPDATE users SET groups = ? WHERE name = 'lim'", (kept,))
    other.close()
    login = accounts.log_in("lim", PASSWORD, "a")
    assert login is not None
    assert login.caller.groups == frozenset()


def test_a_file_of_the_release_before_is_taken_over(tmp_path: Path, clock: FakeClock) -> None:
    """Its users and tokens see every feed, as they did."""
    path = tmp_path / "old.db"
    made = Accounts(path, clock, weak())
    made.add_user("ada", PASSWORD, Role.ADMIN)
    login = made.log_in("ada", PASSWORD, "a")
    assert login is not None
    _, text = made.tokens.add("t", Role.VIEWER, timedelta(days=1), by=login.caller)
    made.close()
    old = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "ALTER TABLE users DROP COLUMN groups",
        "ALTER TABLE tokens DROP COLUMN groups",
        "DROP TABLE identities",
        "PRAGMA user_version = 1",
    ):
        old.execute(statement)
    old.close()
    again = Accounts(path, clock, weak())
    caller = again.tokens.caller_of(text)
    assert caller is not None
    assert caller.groups is None
    assert again.caller_of_session(login.secret) == login.caller
    again.change_user("ada", password=OTHER)
    again.close()
    again = Accounts(path, clock, weak())
    assert again.log_in("ada", OTHER, "a") is not None
    assert again.checked_audit_log().broken is None
    again.close()
