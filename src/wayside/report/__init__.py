"""What a run found, as one page that needs nothing else.

In: :class:`~wayside.report.contents.ReportContents`, plain values. Out: one
self-contained ``report.html``: no network, no other file, readable on paper.
It sits beside ``store`` and ``pipeline`` and knows neither.
"""
