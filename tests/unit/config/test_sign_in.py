"""server.sign_in: what is refused at the door, and that its secret is not shown."""

import pytest

from wayside.config.load import parse_site
from wayside.config.problems import SiteInvalid

ENTRY = {
    "name": "City account",
    "issuer": "https://login.example.org",
    "client_id": "wayside",
    "client_secret": "hunter2",
    "claim": "groups",
    "rights": "[{value: team, role: viewer, groups: [harbour]}]",
}


def parsed(public_url="https://wayside.example.org", **changes):
    lines = [f"    {k}: {v}" for k, v in {**ENTRY, **changes}.items() if v is not None]
    head = "site: s\nfeeds: []\nserver:\n"
    url = f"  public_url: {public_url}\n" if public_url else ""
    return parse_site(head + url + "  sign_in:\n" + "\n".join(lines) + "\n", env={})


def test_it_is_read_and_shows_no_secret():
    found = parsed().server.sign_in
    assert found.client_secret.reveal() == "hunter2"
    assert found.scopes == ("openid", "profile")
    assert found.rights[0].groups == ("harbour",)
    assert "hunter2" not in repr(found)
    assert "hunter2" not in found.model_dump_json()
    local = parsed(issuer="http://127.0.0.1:9000/realm")
    assert local.server.sign_in.issuer == "http://127.0.0.1:9000/realm"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"public_url": None}, "public_url"),
        ({"issuer": "http://login.example.org"}, "issuer"),
        ({"issuer": "https://login.example.org/?a=b"}, "issuer"),
        ({"issuer": "login.example.org"}, "issuer"),
        ({"rights": "[]"}, "rights"),
        ({"rights": "[{value: v, role: admin, groups: [harbour]}]"}, "admin"),
        ({"rights": "[{value: v, role: owner}]"}, "role"),
        ({"rights": "[{value: v, role: viewer, groups: [The Quay]}]"}, "groups"),
        ({"scopes": "[profile]"}, "openid"),
        ({"scopes": "['openid profile']"}, "scopes"),
        ({"claim": None}, "claim"),
        ({"client_secret": None}, "client_secret"),
        ({"email_links": "true"}, "email_links"),
    ],
    ids=str,
)
def test_what_is_not_sound_is_refused(changes, said):
    with pytest.raises(SiteInvalid) as caught:
        parsed(**changes)
    assert said in str([(p.path, p.what) for p in caught.value.problems])
    assert "hunter2" not in str(caught.value.problems)
