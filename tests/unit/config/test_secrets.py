import json
import pickle
import traceback

import pytest
from pydantic import BaseModel, ValidationError

from wayside.config.secrets import MASK, Secret


class Holder(BaseModel):
    password: Secret


def test_nothing_but_reveal_gives_the_value_out():
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>30}", repr([secret])):
        assert "hunter2" not in shown
        assert MASK in shown


def test_a_secret_cannot_be_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(Secret("hunter2"))


def test_secrets_compare_by_value():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a")
    assert not Secret("")


def test_a_model_takes_text_and_gives_the_mask():
    holder = Holder.model_validate({"password": "hunter2"})
    assert holder.password.reveal() == "hunter2"
    assert "hunter2" not in repr(holder)
    assert json.loads(holder.model_dump_json()) == {"password": MASK}
    with pytest.raises(ValidationError):
        Holder.model_validate({"password": 5})


def test_a_traceback_does_not_show_it():
    secret = Secret("hunt" + "er2")
    with pytest.raises(ValueError, match=r"\*+") as caught:
        raise ValueError(secret)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(told.format())
    assert MASK in text
    assert "hunter2" not in text
