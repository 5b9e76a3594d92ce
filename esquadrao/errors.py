"""Every failure the domain names.

EsquadraoError
├── Invalid        the input cannot be taken as it is; `fields` says where
├── NotFound       no such row in this Company (another Company's id looks the same)
├── Forbidden      the Role lacks the permission
├── Conflict       somebody moved it first, or its state does not allow the move
├── OverLimit      a Plan, a rate or a size; `retry_after` where waiting helps
├── Unavailable    a part of ours does not answer just now
└── GatewayError   the outside world refused; `permanent` says whether another try can cure it
    ├── BridgeError
    └── MediaError

An error carries a stable `code` for programs and a `sentence` for people: a pt-BR gettext msgid with named
`values`, translated where it is shown. It never carries an HTTP status: each edge owns that table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from esquadrao.words import N_


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with one field: `path` as the form or the input names it."""

    path: str
    code: str
    sentence: str
    values: tuple[tuple[str, object], ...] = ()


class EsquadraoError(Exception):
    """Root of the tree; `values` fill the named places of `sentence`."""

    code = "error"
    sentence = N_("Algo deu errado.")
    permanent = True

    def __init__(
        self, sentence: str | None = None, *, code: str | None = None, **values: object
    ) -> None:
        self.sentence = sentence or type(self).sentence
        self.code = code or type(self).code
        self.values = values
        super().__init__(f"{self.code}: {self.sentence}")


class Invalid(EsquadraoError):
    code = "invalid"
    sentence = N_("Confira os campos marcados.")

    def __init__(
        self,
        sentence: str | None = None,
        *,
        code: str | None = None,
        issues: tuple[Issue, ...] = (),
        **values: object,
    ) -> None:
        super().__init__(sentence, code=code, **values)
        self.issues = issues

    @classmethod
    def field(cls, path: str, code: str, sentence: str, **values: object) -> Invalid:
        """One field is wrong: the form shows the sentence beside it."""
        issue = Issue(path, code, sentence, tuple(values.items()))
        return cls(sentence, code=code, issues=(issue,), **values)


class NotFound(EsquadraoError):
    code = "not_found"
    sentence = N_("Não encontrado.")


class Forbidden(EsquadraoError):
    code = "forbidden"
    sentence = N_("Seu perfil não permite esta ação.")


class Conflict(EsquadraoError):
    code = "conflict"
    sentence = N_("Alguém mudou isto antes. Veja como ficou.")


class OverLimit(EsquadraoError):
    code = "over_limit"
    sentence = N_("Limite atingido.")

    def __init__(
        self,
        sentence: str | None = None,
        *,
        code: str | None = None,
        retry_after: timedelta | None = None,
        **values: object,
    ) -> None:
        super().__init__(sentence, code=code, **values)
        self.retry_after = retry_after


class Unavailable(EsquadraoError):
    code = "unavailable"
    sentence = N_("Não conseguimos agora. Tente de novo em instantes.")
    permanent = False


class GatewayError(EsquadraoError):
    code = "gateway"

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(code=reason)
        self.permanent = permanent


class BridgeError(GatewayError):
    code = "bridge"


class MediaError(GatewayError):
    code = "media"


class UnscopedQuery(RuntimeError):
    """A query on a Company's rows did not start from `of(company)`: a defect of ours, never shown."""
