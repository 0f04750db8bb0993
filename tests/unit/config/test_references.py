from wayside.config.document import read_document
from wayside.config.expand import Expander
from wayside.config.references import reference_problems


def where(text):
    found = reference_problems(read_document(text, "f", Expander({})))
    return [problem.where for problem in found]


def test_each_kind_of_place_has_its_own_names():
    text = """\
feeds:
  - id: f
    scene:
      lines: [{id: a}, {id: b}]
      zones: [{id: a}, {id: a}]
      private_zones: [{id: a}]
      movements: [{id: a, from: a, to: b}, {id: a, from: b, to: c}]
"""
    assert where(text) == [
        "f:5:29 feeds[0].scene.zones[1].id",
        "f:7:49 feeds[0].scene.movements[1].id",
        "f:7:65 feeds[0].scene.movements[1].to",
    ]


def test_names_of_one_feed_mean_nothing_in_another():
    text = """\
feeds:
  - {scene: {zones: [{id: a}]}}
  - {rules: [{zone: a}], scene: {lines: [{id: a}]}}
"""
    assert where(text) == ["f:3:21 feeds[1].rules[0].zone"]


def test_anything_in_the_wrong_place_is_left_to_the_model():
    for text in ("feeds: 5", "feeds: [5, [x]]", "feeds: [{scene: [], rules: {}}]", "a: 1"):
        assert where(text) == []
    assert where("feeds: [{scene: {lines: [1, {id: 2}], movements: [x, {from: [1]}]}}]") == []
