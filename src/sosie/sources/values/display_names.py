"""Display names, one for each account: two accounts called « Tom » are « Tom » and « Tom (tom_42) »."""


class People:
    """Gives each account one name, and no two accounts the same."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._owners: dict[str, str] = {}

    def __getitem__(self, account: str) -> str:
        return self._names[account]

    def __contains__(self, account: object) -> bool:
        return account in self._names

    def name(self, account: str, wanted: str, detail: str = "") -> str:
        """The name of an account, which may be met often; `detail` sets it apart from a namesake."""
        if account not in self._names:
            name = wanted.strip() or detail or account
            if self._owners.get(name, account) != account:
                name = f"{name} ({detail or account})"
            if self._owners.setdefault(name, account) != account:
                name = f"{name} ({account})"
                self._owners.setdefault(name, account)
            self._names[account] = name
        return self._names[account]
