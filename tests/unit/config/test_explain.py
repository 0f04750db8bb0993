from wayside.config.explain import keys_at

LATER = ["sinks", "server", "network"]


def test_keys_are_those_written_in_the_file():
    assert keys_at(()) == ["site", "feeds", "junctions", "detect", "privacy", "output", *LATER]
    assert keys_at(("feeds", 3, "scene", "movements", 0)) == ["id", "from", "to"]
    assert keys_at(("feeds", 0, "scene", "calibration", "points", 1)) == [
        "image",
        "ground",
        "map",
    ]


def test_places_that_hold_no_mapping_have_no_keys():
    assert keys_at(("site", "x")) == []
    assert keys_at(("nothing", 1, "x")) == []
