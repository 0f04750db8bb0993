"""The server: REST, live view, accounts, the page. FastAPI lives here and nowhere else."""

from wayside.serve.app import create_app
from wayside.serve.house import House

__all__ = ["House", "create_app"]
