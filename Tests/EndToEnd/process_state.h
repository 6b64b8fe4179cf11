// What a process is made of that a PAM module has no business changing, as text: one line "NAME<tab>VALUE" each.
// Nothing here allocates memory or keeps a descriptor, so that looking changes nothing either.
#pragma once
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <signal.h>
#include <unistd.h>

extern char **environ;

enum { STATE_SIZE = 1 << 17, HIGHEST_DESCRIPTOR = 256 };
struct state {
    size_t length;
    char text[STATE_SIZE];
};

static void state_add(struct state *state, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int written = vsnprintf(state->text + state->length, STATE_SIZE - state->length, format, values);
    va_end(values);
    if (written < 0 || state->length + (size_t)written >= STATE_SIZE) abort();
    state->length += (size_t)written;
}

// The whole of a small file in /proc, NUL-terminated.
static size_t slurp(const char *path, char *text, size_t size) {
    size_t length = 0;
    ssize_t got;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) abort();
    while (length < size - 1 && (got = read(file, text + length, size - 1 - length)) > 0) length += (size_t)got;
    close(file);
    if (length == size - 1) abort();
    text[length] = 0;
    return length;
}

// Where descriptor `number` leads, and its flags; empty where it is closed.
static void describe_descriptor(int number, char *text, size_t size) {
    char path[64], target[512];
    int flags = fcntl(number, F_GETFD);
    text[0] = 0;
    if (flags < 0) return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    snprintf(text, size, "%s %s %#x", flags & FD_CLOEXEC ? "close-on-exec" : "inherited", target,
             (unsigned)fcntl(number, F_GETFL));
}

static void state_of_descriptors(struct state *state) {
    char text[640];
    for (int number = 0; number < HIGHEST_DESCRIPTOR; number++) {
        describe_descriptor(number, text, sizeof text);
        if (text[0]) state_add(state, "descriptor %d\t%s\n", number, text);
    }
}

// By system call: libc hides 32 and 33, which it keeps for threads.
static void state_of_signals(struct state *state) {
    for (int number = 1; number <= 64; number++) {
        struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } action = {0};
        if (syscall(SYS_rt_sigaction, number, NULL, &action, 8) != 0) abort();
        state_add(state, "signal %d\t%p %lx %lx\n", number, action.handler, action.flags, action.mask);
    }
    unsigned long mask = 0;
    if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) != 0) abort();
    stack_t stack;
    sigaltstack(NULL, &stack);
    state_add(state, "signal mask\t%lx\nsignal stack\t%p %zu %d\n", mask, stack.ss_sp, stack.ss_size, stack.ss_flags);
}

static void state_of_limits_and_timers(struct state *state) {
    for (int which = 0; which < RLIM_NLIMITS; which++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)which, &limit) != 0) abort();
        state_add(state, "limit %d\t%lu %lu\n", which, (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
    }
    for (int which = 0; which < 3; which++) {
        struct itimerval timer;
        getitimer((__itimer_which_t)which, &timer);
        // Whether it runs, not how far it is.
        state_add(state, "timer %d\t%s %ld\n", which,
                  timer.it_value.tv_sec || timer.it_value.tv_usec ? "set" : "unset", timer.it_interval.tv_sec);
    }
    state_add(state, "priority\t%d\n", getpriority(PRIO_PROCESS, 0));
}

// Of /proc/self/status what does not change by itself: ids, groups, umask, threads, signals waiting, rights.
static void state_of_status(struct state *state) {
    static const char *const names[] = {"Umask", "Uid", "Gid", "Groups", "Threads", "SigPnd", "ShdPnd", "VmLck",
                                        "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"};
    static char text[8192];
    slurp("/proc/self/status", text, sizeof text);
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        char *colon = strchr(line, ':');
        for (size_t index = 0; colon && index < sizeof names / sizeof *names; index++) {
            size_t length = (size_t)(colon - line);
            if (strlen(names[index]) != length || strncmp(line, names[index], length) != 0) continue;
            state_add(state, "%s\t%s\n", names[index], colon + 1);
        }
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    slurp(path, text, sizeof text);
    state_add(state, "children\t%s\n", text);
}

static void take(struct state *state) {
    char folder[512] = "";
    int signal_of_death = 0;
    state->length = 0;
    state_of_descriptors(state);
    state_of_signals(state);
    state_of_limits_and_timers(state);
    state_of_status(state);
    if (!getcwd(folder, sizeof folder)) abort();
    prctl(PR_GET_PDEATHSIG, &signal_of_death);
    state_add(state, "working folder\t%s\n", folder);
    state_add(state, "locale\t%s %p\n", setlocale(LC_ALL, NULL), (void *)uselocale((locale_t)0));
    state_add(state, "process\t%d %d %d\n", prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), signal_of_death);
    state_add(state, "rounding\t%d\n", fegetround());
    state_add(state, "environment\t%p\n", (void *)environ);
    for (int index = 0; environ && environ[index]; index++) {
        state_add(state, "environment %d\t%p %s\n", index, (void *)environ[index], environ[index]);
    }
}

// Calls `report` for each line that only one of the two has.
static void compare(const struct state *one, const struct state *other,
                    void (*report)(const char *line, size_t length)) {
    const struct state *pair[] = {one, other};
    for (int which = 0; which < 2; which++) {
        const char *against = pair[1 - which]->text;
        for (const char *line = pair[which]->text, *end; (end = strchr(line, '\n')); line = end + 1) {
            size_t length = (size_t)(end - line) + 1;
            const char *found = against;
            while ((found = memmem(found, strlen(found), line, length))) {
                if (found == against || found[-1] == '\n') break;
                found++;
            }
            if (!found) report(line, length - 1);
        }
    }
}
