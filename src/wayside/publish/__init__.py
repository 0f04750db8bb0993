"""Counts that may leave the house: noise before, and a ledger that is charged first.

In: line crossings and watched stretches of the store, a policy, a question.
Out: a release, whose numbers tell nearly the same whether or not somebody was
there (differential privacy, for a bounded stay as in Privid). The proof is
docs/decisions/0019.

    Question + Policy -> Tally (counts, clamped) -> Noise -> Ledger -> Release
"""
