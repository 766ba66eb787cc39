/*
 * fake_agent.h - an agent that plays a script, for tests of the faces.
 *
 * The test program is its own agent: main calls fake_agent_main first when argv[1] is "agent", and hands
 * "/proc/self/exe" to the face as the agent's program. The script is the file `script` in $OIM_HOME, of lines
 * whose words are parted by tabs:
 *
 *   whoami  FIELD...        what Attached says
 *   on      OP [N]          the lines that follow answer this operation; with N only when it is the Nth request
 *   event   WHAT FIELD...
 *   end     EXIT FIELD...
 *
 * FIELD is name=text, name#number, name?1, or name@rows: packed AdminRows, written
 * login=tony;display=Tony|login=... with a note as !code=value. What faces ask and show is appended to the
 * file `asked` in $OIM_HOME, one line each, in the same form. The agent ends when nobody has been attached
 * for a second.
 */
#ifndef OIM_TESTS_SUPPORT_FAKE_AGENT_H
#define OIM_TESTS_SUPPORT_FAKE_AGENT_H

/** Be the agent; argv as the face started it. Returns the exit code. */
int fake_agent_main(int argc, char **argv);

#endif
