# SQL text as C string literals, one per line, for schema.sql.inc.
s/[\\"]/\\&/g
s/.*/"&\\n"/
