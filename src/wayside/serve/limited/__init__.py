"""A house as one sees it who is limited to groups of feeds: no other feed exists in it."""
