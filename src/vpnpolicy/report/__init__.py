"""Reports from notebooks: HTML, PDF, workbook, figures and tables."""

from importlib.util import find_spec

from ..errors import UsageError

_NEEDED = "bs4 ipykernel jinja2 mistune nh3 papermill typst xlsxwriter yaml"
if missing := [name for name in _NEEDED.split() if find_spec(name) is None]:
    install = 'Install with: pip install "vpnpolicy[reports]"'
    raise UsageError(f"reports need {', '.join(missing)}. {install}")
