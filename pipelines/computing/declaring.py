"""The statements that declare the published tables: types, comments, keys."""

from schemas.outputs.columns import Output
from schemas.outputs.macros import MACROS
from schemas.outputs.tables import LAYERS
from schemas.text import quoted


def schemas_of_layers() -> list[str]:
    return [f"CREATE SCHEMA IF NOT EXISTS {layer}" for layer in LAYERS]


def declaration(output: Output) -> list[str]:
    """The statements that make a declared table or view with its comments."""
    table, kind = output.full_name, "VIEW" if output.view else "TABLE"
    body = f"AS {output.view}" if output.view else f"({', '.join(c.declared for c in output.columns)})"
    comments = [(f"{kind} {table}", output.comment), *((f"COLUMN {table}.{c.name}", c.comment) for c in output.columns)]
    return [
        f"CREATE {kind} {table} {body}",
        *(f"COMMENT ON {what} IS {quoted(text)}" for what, text in comments),
    ]


def macros() -> list[str]:
    """The statements that make the functions of readers, with their comments."""
    return [
        statement
        for m in MACROS
        for statement in (
            f"CREATE MACRO {m.full_name}({', '.join(m.parameters)}) AS {m.body}",
            f"COMMENT ON MACRO {m.full_name} IS {quoted(m.comment)}",
        )
    ]
