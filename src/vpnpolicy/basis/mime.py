"""Names by which results and reports know each other."""

FINDINGS = "application/vnd.vpnpolicy.findings+json"
