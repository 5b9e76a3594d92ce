"""What a Role is called. Sentences are pt-BR msgids."""

from __future__ import annotations

from esquadrao.companies.models import Role
from esquadrao.words import N_

ROLES: dict[Role, str] = {
    Role.OWNER: N_("Proprietário"),
    Role.ADMIN: N_("Administrador"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.AGENT: N_("Atendente"),
}
