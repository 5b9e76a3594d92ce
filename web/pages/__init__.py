"""One file per noun of a URL: load a scoped record, call one function of the domain, render."""
