/*
 * life.c - when the agent goes offline, locks, and ends.
 *
 * Connected while a face is attached or something is unsent that may leave, and LINGER_S longer. Then an
 * agent whose keys need no passphrase ends; one that holds a passphrase's keys stays, disconnected, for
 * lock_after, so that the next command need not ask. Source: BLUEPRINT F1.
 */
#include "client/agent/ask.h"

/* What is unsent keeps the agent at it, unless only a person can say how to go on. */
static bool is_sending(const struct agent *agent)
{
    if (agent_state(agent) != AGENT_READY) {
        return false;
    }
    struct engine_view view = engine_view(agent->engine);
    return view.unsent_count > 0 && view.trust[0] == '\0' && view.denied[0] == '\0';
}

static bool is_busy(struct agent *agent)
{
    return faces_count(agent) > 0 || ask_count(agent) > 0 || is_sending(agent);
}

static void end(struct agent *agent)
{
    agent->stopping = true;
    ev_break(agent->loop, EVBREAK_ALL);
}

static void on_linger(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct agent *agent = timer->data;
    (void)events;
    ev_timer_stop(loop, timer);
    if (is_busy(agent)) {
        return;
    }
    if (agent_state(agent) != AGENT_READY || agent->wrap != KEY_WRAP_PASSPHRASE) {
        end(agent);
        return;
    }
    drive_want(agent); /* disconnects */
    ev_timer_stop(loop, &agent->locker);
    ev_timer_set(&agent->locker, agent->lock_after_s, 0.);
    ev_timer_start(loop, &agent->locker);
}

static void on_lock(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct agent *agent = timer->data;
    (void)loop;
    (void)events;
    if (!is_busy(agent)) {
        end(agent); /* the keys go with the process */
    }
}

void life_init(struct agent *agent)
{
    agent->lock_after_s = LOCK_AFTER_S;
    ev_timer_init(&agent->linger, on_linger, 0., 0.);
    ev_timer_init(&agent->locker, on_lock, 0., 0.);
    agent->linger.data = agent;
    agent->locker.data = agent;
}

void life_settle(struct agent *agent)
{
    if (agent->stopping) {
        ev_break(agent->loop, EVBREAK_ALL);
        return;
    }
    if (agent->engine != NULL && agent_state(agent) == AGENT_NONE && ask_count(agent) == 0) {
        drive_stop(agent); /* a join that came to nothing */
    }
    if (is_busy(agent)) {
        ev_timer_stop(agent->loop, &agent->linger);
        ev_timer_stop(agent->loop, &agent->locker);
        return;
    }
    if (!ev_is_active(&agent->linger) && !ev_is_active(&agent->locker)) {
        ev_now_update(agent->loop);
        ev_timer_set(&agent->linger, LINGER_S, 0.);
        ev_timer_start(agent->loop, &agent->linger);
    }
}
