import pytest

from wayside.config.expand import MAX_SECRET_BYTES
from wayside.config.secret_files import read_secret, remove_unused, write_secret
from wayside.domain.errors import ConfigError, OutputError


def test_what_is_written_is_read(tmp_path):
    name = write_secret(tmp_path, "gate", "päss word")
    assert read_secret(tmp_path, name) == "päss word"
    assert write_secret(tmp_path, "gate", "x") != name


def test_one_line_break_at_the_end_is_none_of_it(tmp_path):
    (tmp_path / "pw").write_bytes(b"a \r\n")
    assert read_secret(tmp_path, "pw") == "a "
    assert read_secret(tmp_path / "elsewhere", str(tmp_path / "pw")) == "a "


@pytest.mark.parametrize("content", [b"hunter2\xff", b"h" * (MAX_SECRET_BYTES + 1), b"hunt\0er2"])
def test_what_is_no_password_is_refused_and_not_shown(tmp_path, content):
    (tmp_path / "pw").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_secret(tmp_path, "pw")
    assert "hunt" not in str(caught.value)
    with pytest.raises(ConfigError, match="not there"):
        read_secret(tmp_path, ".")


def test_only_our_own_unused_files_of_the_feed_are_removed(tmp_path):
    _, two = (write_secret(tmp_path, "gate", "x") for _ in range(2))
    other = write_secret(tmp_path, "gate-2", "x")
    (tmp_path / "secrets" / "gate").write_text("by hand")
    remove_unused(tmp_path, {two}, {"gate"})
    left = {path.name for path in (tmp_path / "secrets").iterdir()}
    assert left == {".gitignore", "gate", two.split("/")[1], other.split("/")[1]}
    remove_unused(tmp_path / "none", set(), {"gate"})


def test_a_folder_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "secrets").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_secret(tmp_path, "gate", "hunter2")
    assert "hunter2" not in str(caught.value)
