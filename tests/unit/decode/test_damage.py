from __future__ import annotations

from wayside.decode.damage import Damage


def marks(damage: Damage, pictures: list[tuple[int, bool]]) -> list[bool]:
    return [damage.reaches(number, is_keyframe=key) for number, key in pictures]


def test_nothing_is_damaged_at_first() -> None:
    assert marks(Damage(), [(0, True), (1, False)]) == [False, False]


def test_damage_lasts_until_the_next_keyframe() -> None:
    damage = Damage()
    damage.hit(3)
    assert marks(damage, [(3, False), (4, False), (5, True), (6, False)]) == [
        True, True, False, False,
    ]  # fmt: skip


def test_pictures_that_were_decoded_before_are_clean() -> None:
    damage = Damage()
    damage.hit(3)
    assert marks(damage, [(1, False), (2, False), (3, False)]) == [False, False, True]


def test_a_keyframe_from_before_the_damage_does_not_end_it() -> None:
    damage = Damage()
    damage.hit(3)
    assert marks(damage, [(2, True), (4, False)]) == [False, True]


def test_a_damaged_keyframe_does_not_end_it() -> None:
    damage = Damage()
    damage.hit(2)
    damage.hit(5)
    assert marks(damage, [(5, True), (6, False), (7, True)]) == [True, True, False]
