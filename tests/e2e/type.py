#!/usr/bin/env python3
"""type.py PROGRAM ARG...: run it at a terminal of its own, type each line of standard input as soon as the program asks
for one, and print all that appeared. \\t, \\x03 and the like in a line are keys; Enter follows each line. What stands behind
a \\r in it is typed once that Enter was taken, while the program is at work. Exits as the
program did. The minute only ends a hang."""
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios

PROMPT = re.compile(rb"(PS oim> |>> |\[[ys]/N\] |once more: )$")


def await_prompt(terminal, shown):
    """Read until the program asks, or ends: False."""
    part = b""
    while not PROMPT.search(part):
        try:
            got = os.read(terminal, 4096)
        except OSError:
            got = b""
        if not got:
            return False
        part += got
        shown.append(got)
    return True


def await_editor(terminal, shown):
    """libedit shows its prompt before it takes the terminal's keys; what is typed in between is echoed by the terminal,
    and a Ctrl-C there throws away the line."""
    while not shown[-1].endswith((b"[y/N] ", b"[s/N] ")) and termios.tcgetattr(terminal)[3] & termios.ICANON:
        os.sched_yield()


def await_newline(terminal, shown):
    part = b""
    while b"\n" not in part:
        part += os.read(terminal, 4096)
    shown.append(part)


def main():
    lines = sys.stdin.read().splitlines()
    pid, terminal = pty.fork()
    if pid == 0:
        # So wide that no line wraps: the prompt would be drawn again in between.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 1000, 0, 0))
        os.execvp(sys.argv[1], sys.argv[1:])
    signal.alarm(60)
    shown = []
    asks = await_prompt(terminal, shown)
    for line in lines:
        if not asks:
            break
        keys = line.encode().decode("unicode_escape").encode("latin-1")
        head, enter, rest = keys.partition(b"\r")
        if enter:
            await_editor(terminal, shown)
            os.write(terminal, head + enter)
            await_newline(terminal, shown)
            keys = rest
        os.write(terminal, keys + (b"" if keys[-1:] == b"\x03" else b"\r"))
        asks = await_prompt(terminal, shown)
    if asks: # not Ctrl-D: before the program has taken the terminal's keys that would be the terminal's own
        os.write(terminal, b"exit\r")
        await_prompt(terminal, shown)
    sys.stdout.buffer.write(b"".join(shown).replace(b"\r", b""))
    sys.stdout.flush()
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
