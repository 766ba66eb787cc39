#!/usr/bin/env python3
"""embed.py IN OUT: an SQL file as one C string, schema_sql, so that the program carries its schema."""
import sys

with open(sys.argv[1]) as source, open(sys.argv[2], "w") as out:
    out.write("static const char schema_sql[] =\n")
    for line in source:
        out.write('    "%s\\n"\n' % line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"'))
    out.write("    ;\n")
