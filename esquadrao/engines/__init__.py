"""Tortoise's engines, each with the repairs our promises need; `database.connection_config` names them."""
