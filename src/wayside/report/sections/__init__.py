"""One module a section of the page: its values, ready to be laid out.

Each has a frozen dataclass and a ``build`` that makes it from
:class:`~wayside.report.found.Found`; None where the section does not apply.
The template of the same name lays it out and decides nothing.
"""
